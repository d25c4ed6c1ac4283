// Verdicts of Go on certificate chains, as a client of crypto/tls comes to them.
//
// Reads a JSON list of chains from standard input and prints a JSON list of what is wrong with each; an empty
// string where nothing is. Certificates are DER in base64, the leaf first; times are Unix seconds.
package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type chain struct {
	Host   string   `json:"host"`
	At     int64    `json:"at"`
	Served [][]byte `json:"served"`
	Roots  [][]byte `json:"roots"`
}

// What crypto/tls does with the certificates of a server (handshake_client.go, verifyServerCertificate).
func verify(chain chain) error {
	options := x509.VerifyOptions{
		DNSName:       chain.Host,
		CurrentTime:   time.Unix(chain.At, 0),
		Roots:         x509.NewCertPool(),
		Intermediates: x509.NewCertPool(),
	}
	// A root that cannot be read is passed over, as CertPool.AppendCertsFromPEM does it.
	for _, der := range chain.Roots {
		if root, err := x509.ParseCertificate(der); err == nil {
			options.Roots.AddCert(root)
		}
	}
	served := make([]*x509.Certificate, len(chain.Served))
	for place, der := range chain.Served {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("certificate %d: %w", place+1, err)
		}
		served[place] = certificate
	}
	for _, certificate := range served[1:] {
		options.Intermediates.AddCert(certificate)
	}
	if _, err := served[0].Verify(options); err != nil {
		return err
	}
	switch served[0].PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return nil
	default:
		return fmt.Errorf("unsupported type of public key: %T", served[0].PublicKey)
	}
}

func main() {
	var chains []chain
	if err := json.NewDecoder(os.Stdin).Decode(&chains); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	verdicts := make([]string, len(chains))
	for place, chain := range chains {
		if err := verify(chain); err != nil {
			verdicts[place] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
