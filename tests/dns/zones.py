"""Writes a tree of zones, whole and broken, below a root of its own: one kind of zone for each way in which DNSSEC can
hold, be absent or break. Everything is signed here, field by field, so that any single field can be wrong.

usage: zones.py FOLDER

FOLDER gets a file for each zone (`zone.ORIGIN`), the root's keys as DS records (`root.ds`) and for BIND (`root.keys`),
and `zones.json`: the origins, and the question that shows each kind.
"""

import json
import pathlib
import sys
import time

import dns.dnssec
import dns.dnssecalgs
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.RRSIG
import dns.rdtypes.ANY.NSEC
import dns.rdtypes.ANY.NSEC3
import dns.rdtypes.util
import dns.rrset

HOUR = 3600
NOW = int(time.time())
TTL = 60
P256, P384, ED25519, ED448 = 13, 14, 15, 16
KEYS = {}


def name(text):
    return dns.name.from_text(text)


class Key:
    """A key of a zone. Those that are costly to make are made once for all zones."""

    def __init__(self, algorithm=P256, flags=257, size=None):
        self.algorithm, self.flags = algorithm, flags
        real = {5, 7, 8, 10, P256, P384, ED25519, ED448}
        like = algorithm if algorithm in real else P256
        cls = dns.dnssecalgs.get_algorithm_cls(like)
        if like in (5, 7, 8, 10):
            again = (size, len([key for key in KEYS if key[0] == size]) % 2)
            if again not in KEYS:
                KEYS[again] = cls.generate(size).key
            self.private = cls(key=KEYS[again])
        else:
            self.private = cls.generate()
        real = self.private.public_key().to_dnskey(flags=flags)
        self.dnskey = real.replace(algorithm=algorithm)
        self.tag = dns.dnssec.key_id(self.dnskey)

    def revoke(self):
        self.dnskey = self.dnskey.replace(flags=self.flags | 0x80)
        self.tag = dns.dnssec.key_id(self.dnskey)
        return self


class Zone:
    def __init__(self, origin, *, denial="nsec", iterations=0, salt="", opt_out=False, csk=True, algorithm=P256,
                 size=None, when=(-24, 14 * 24)):
        self.origin = name(origin)
        self.sets, self.signatures = {}, []
        self.denial, self.iterations, self.salt, self.opt_out = denial, iterations, salt, opt_out
        self.when, self.signed, self.children, self.ds_sets = when, True, [], None
        self.ksk = Key(algorithm, 257, size)
        self.zsk = self.ksk if csk else Key(algorithm, 256, size)
        self.keys = [self.ksk] if csk else [self.ksk, self.zsk]
        self.dnskey_signers, self.signers = [self.ksk], [self.zsk]
        self.after = []
        host = origin if origin != "." else ""
        self.add("", "SOA", f"ns.{host} host.{host} 1 3600 600 86400 30")
        self.add("", "NS", f"ns.{host}")
        self.add("ns", "A", "127.0.0.1")

    def full(self, relative):
        return dns.name.from_text(relative, self.origin) if relative else self.origin

    def add(self, relative, kind, *data, ttl=TTL):
        owner = self.full(relative)
        kind = dns.rdatatype.from_text(kind)
        rrset = self.sets.setdefault((owner, kind), dns.rrset.RRset(owner, dns.rdataclass.IN, kind))
        for text in data:
            rrset.add(dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=self.origin, relativize=False), ttl)
        return self

    def delegate(self, child, ds=None):
        """Delegates to a zone; `ds` are its DS records, by default one of its key with SHA-256."""
        self.children.append(child)
        self.sets[(child.origin, dns.rdatatype.NS)] = child.sets[(child.origin, dns.rdatatype.NS)].copy()
        glue = child.full("ns")
        self.sets[(glue, dns.rdatatype.A)] = child.sets[(glue, dns.rdatatype.A)].copy()
        if ds is None:
            ds = [child.ds()] if child.signed else []
        if ds:
            rrset = dns.rrset.RRset(child.origin, dns.rdataclass.IN, dns.rdatatype.DS)
            for record in ds:
                rrset.add(record, TTL)
            self.sets[(child.origin, dns.rdatatype.DS)] = rrset
        return self

    def ds(self, key=None, digest="SHA256"):
        key = key or self.ksk
        return dns.dnssec.make_ds(self.origin, key.dnskey, digest, policy=dns.dnssec.allow_all_policy, validating=True)

    # --- signing

    def rrsig(self, rrset, key, when=None, signer=None, ttl=None, **fields):
        start, end = when or self.when
        labels = len(rrset.name) - 1 - (1 if rrset.name.is_wild() else 0)
        values = dict(type_covered=rrset.rdtype, algorithm=key.algorithm, labels=labels,
                      original_ttl=rrset.ttl if ttl is None else ttl,
                      expiration=(NOW + int(end * HOUR)) & 0xFFFFFFFF,
                      inception=(NOW + int(start * HOUR)) & 0xFFFFFFFF,
                      key_tag=key.tag, signer=signer or self.origin, signature=b"")
        late = {field: fields.pop(field) for field in list(fields) if field.startswith("late_")}
        values.update(fields)
        template = dns.rdtypes.ANY.RRSIG.RRSIG(dns.rdataclass.IN, dns.rdatatype.RRSIG, **values)
        data = dns.dnssec._make_rrsig_signature_data(rrset, template, self.origin)
        template = template.replace(signature=key.private.sign(data))
        for field, value in late.items():
            template = template.replace(**{field.removeprefix("late_"): value})
        return (rrset.name, rrset.rdtype, rrset.ttl, template)

    def is_below_cut(self, owner):
        for (cut, kind) in self.sets:
            if kind == dns.rdatatype.NS and cut != self.origin and owner.is_subdomain(cut) and owner != cut:
                return True
            if kind == dns.rdatatype.from_text("DNAME") and owner.is_subdomain(cut) and owner != cut:
                return True
        return False

    def is_cut(self, owner):
        return owner != self.origin and (owner, dns.rdatatype.NS) in self.sets

    def types(self, owner):
        found = [kind for (at, kind) in self.sets if at == owner]
        if self.is_cut(owner):
            found = [kind for kind in found if kind in (dns.rdatatype.NS, dns.rdatatype.DS)]
        return found

    def bitmap(self, kinds):
        return tuple(dns.rdtypes.ANY.NSEC.Bitmap.from_rdtypes(sorted(kinds)).windows)

    def sign(self):
        if not self.signed:
            return self
        rrset = dns.rrset.RRset(self.origin, dns.rdataclass.IN, dns.rdatatype.DNSKEY)
        for key in self.keys:
            rrset.add(key.dnskey, TTL)
        self.sets[(self.origin, dns.rdatatype.DNSKEY)] = rrset
        if self.denial == "nsec3":
            self.add("", "NSEC3PARAM", f"1 0 {self.iterations} {self.salt or '-'}")
        owners = sorted({owner for (owner, _) in self.sets if not self.is_below_cut(owner)})
        if self.denial == "nsec":
            self.nsec(owners)
        elif self.denial == "nsec3":
            self.nsec3(owners)
        for (owner, kind), rrset in list(self.sets.items()):
            if self.is_below_cut(owner) or (self.is_cut(owner) and kind in (dns.rdatatype.NS, dns.rdatatype.A)):
                continue
            for key in self.dnskey_signers if kind == dns.rdatatype.DNSKEY else self.signers:
                self.signatures.append(self.rrsig(rrset, key))
        for change in self.after:
            change(self)
        return self

    def nsec(self, owners):
        for owner, following in zip(owners, owners[1:] + owners[:1]):
            kinds = self.types(owner) + [dns.rdatatype.RRSIG, dns.rdatatype.NSEC]
            record = dns.rdtypes.ANY.NSEC.NSEC(dns.rdataclass.IN, dns.rdatatype.NSEC, following, self.bitmap(kinds))
            rrset = dns.rrset.RRset(owner, dns.rdataclass.IN, dns.rdatatype.NSEC)
            rrset.add(record, 30)
            self.sets[(owner, dns.rdatatype.NSEC)] = rrset

    def nsec3(self, owners):
        if self.opt_out:
            owners = [owner for owner in owners
                      if not self.is_cut(owner) or (owner, dns.rdatatype.DS) in self.sets]
        every = set(owners)
        for owner in owners:
            while owner != self.origin:
                owner = owner.parent()
                every.add(owner)
        salt = bytes.fromhex(self.salt)
        hashed = sorted((dns.dnssec.nsec3_hash(owner, self.salt, self.iterations, 1).lower(), owner) for owner in every)
        for (label, owner), (following, _) in zip(hashed, hashed[1:] + hashed[:1]):
            kinds = self.types(owner)
            if kinds and not (self.is_cut(owner) and dns.rdatatype.DS not in kinds):
                kinds = kinds + [dns.rdatatype.RRSIG]
            following = dns.rdata.from_text("IN", "NSEC3", f"1 0 0 - {following}").next
            record = dns.rdtypes.ANY.NSEC3.NSEC3(dns.rdataclass.IN, dns.rdatatype.NSEC3, 1, int(self.opt_out),
                                                 self.iterations, salt, following, self.bitmap(kinds))
            at = dns.name.from_text(label, self.origin)
            rrset = dns.rrset.RRset(at, dns.rdataclass.IN, dns.rdatatype.NSEC3)
            rrset.add(record, 30)
            self.sets[(at, dns.rdatatype.NSEC3)] = rrset

    # --- breaking, after the zone was signed

    def then(self, change):
        self.after.append(change)
        return self

    def unsign(self, relative, kind):
        owner, kind = self.full(relative), dns.rdatatype.from_text(kind)
        return self.then(lambda zone: zone.drop(lambda at, covered: at == owner and covered == kind))

    def drop(self, which):
        self.signatures = [entry for entry in self.signatures if not which(entry[0], entry[1])]

    def resign(self, relative, kind, key=None, add=False, **fields):
        owner, kind = self.full(relative), dns.rdatatype.from_text(kind)

        def change(zone):
            if not add:
                zone.drop(lambda at, covered: at == owner and covered == kind)
            keys = [key] if key else zone.signers
            for one in keys:
                zone.signatures.append(zone.rrsig(zone.sets[(owner, kind)], one, **fields))
        return self.then(change)

    def forge(self, relative, kind, *data):
        def change(zone):
            del zone.sets[(zone.full(relative), dns.rdatatype.from_text(kind))]
            zone.add(relative, kind, *data)
        return self.then(change)

    def without(self, kind):
        """Leaves out all records of a type, with their signatures."""
        kind = dns.rdatatype.from_text(kind)

        def change(zone):
            zone.sets = {at: rrset for at, rrset in zone.sets.items() if at[1] != kind}
            zone.drop(lambda _, covered: covered == kind)
        return self.then(change)

    def denying(self, owner, change):
        """Changes the types that the NSEC or NSEC3 record of a name lists, and signs it again."""
        kind = dns.rdatatype.NSEC3 if self.denial == "nsec3" else dns.rdatatype.NSEC

        def apply(zone):
            at = zone.full(owner)
            if kind == dns.rdatatype.NSEC3:
                at = dns.name.from_text(dns.dnssec.nsec3_hash(at, zone.salt, zone.iterations, 1).lower(), zone.origin)
            rrset = zone.sets[(at, kind)]
            old = next(iter(rrset))
            known = [one for one in dns.rdtypes.ANY.NSEC.Bitmap(old.windows).to_text().split()]
            kinds = [dns.rdatatype.from_text(one) for one in change(known)]
            rrset.clear()
            rrset.add(old.replace(windows=self.bitmap(kinds)), 30)
            zone.drop(lambda owner, covered: owner == at and covered == kind)
            for key in zone.signers:
                zone.signatures.append(zone.rrsig(rrset, key))
        return self.then(apply)

    def text(self):
        lines = []
        order = sorted(self.sets.items(), key=lambda item: item[0][1] != dns.rdatatype.SOA)
        for _, rrset in order:
            lines.append(rrset.to_text())
        for owner, _, ttl, record in self.signatures:
            lines.append(f"{owner} {ttl} IN RRSIG {record.to_text()}")
        return "\n".join(lines) + "\n"


# --- the kinds

ROOT = Zone(".")
TEST = Zone("test.")
ZONES, ASKED = [], {}


def kind(label, question="login", record="A", ds=None, under=None, **options):
    """A zone `LABEL.test.` with the usual names, and the question that shows it."""
    zone = plain(f"{label}.test.", **options)
    zone.put = (under or TEST, ds)
    asked(label, zone, question, record)
    return zone


def plain(origin, **options):
    zone = Zone(origin, **options)
    zone.add("login", "A", "192.0.2.4", "192.0.2.5").add("login", "TXT", '"b" "a"', '"a"')
    zone.add("www", "CNAME", "login").add("*.wild", "A", "192.0.2.7").add("*.star", "CNAME", "login")
    zone.add("a.b.ent", "A", "192.0.2.8")
    zone.put = None
    ZONES.append(zone)
    return zone


def asked(label, zone, question, record="A"):
    ASKED[label] = (str(zone.full(question)), record)


def child(origin, under, ds=None, **options):
    zone = plain(origin, **options)
    zone.put = (under, ds)
    return zone


def unsigned(zone):
    zone.signed = False
    return zone


def by_algorithm():
    kind("rsasha1", algorithm=5, size=2048)
    kind("rsasha1-nsec3", algorithm=7, size=2048, denial="nsec3")
    kind("rsasha256-1024", algorithm=8, size=1024)
    kind("rsasha256-2048", algorithm=8, size=2048)
    kind("rsasha256-4096", algorithm=8, size=4096)
    kind("rsasha512", algorithm=10, size=2048)
    kind("ecdsa-p256")
    kind("ecdsa-p384", algorithm=P384)
    kind("ed25519", algorithm=ED25519)
    kind("ed448", algorithm=ED448)
    for number, label in [(1, "rsamd5"), (3, "dsa"), (12, "gost"), (200, "unassigned"), (253, "private")]:
        kind(f"algorithm-{label}", algorithm=number)
    # DS and keys of two algorithms, one of them unknown.
    zone = kind("algorithm-unknown-and-known")
    other = Key(200)
    zone.keys.append(other)
    zone.put = (TEST, [zone.ds(), zone.ds(other)])
    # The DS record promises an algorithm that signs nothing (RFC 6840 section 5.11).
    zone = kind("algorithm-promised-by-ds")
    other = Key(P384)
    zone.keys.append(other)
    zone.dnskey_signers.append(other)
    zone.put = (TEST, [zone.ds(), zone.ds(other)])
    zone = kind("algorithm-of-a-spare-key")
    zone.keys.append(Key(P384, 256))
    # Only signatures of an algorithm that nobody knows over the records of a secure zone.
    zone = kind("algorithm-unknown-signs-records")
    other = Key(200, 256)
    zone.keys.append(other)
    zone.resign("login", "A", other)


def by_ds():
    zone = kind("ds-sha1")
    zone.put = (TEST, [zone.ds(digest="SHA1")])
    zone = kind("ds-sha384")
    zone.put = (TEST, [zone.ds(digest="SHA384")])
    zone = kind("ds-sha1-right-sha256-wrong")
    zone.put = (TEST, [zone.ds(digest="SHA1"), wrong(zone.ds())])
    zone = kind("ds-sha256-right-sha1-wrong")
    zone.put = (TEST, [zone.ds(), wrong(zone.ds(digest="SHA1"))])
    zone = kind("ds-sha256-right-sha384-wrong")
    zone.put = (TEST, [zone.ds(), wrong(zone.ds(digest="SHA384"))])
    zone = kind("ds-sha384-right-sha256-wrong")
    zone.put = (TEST, [zone.ds(digest="SHA384"), wrong(zone.ds())])
    zone = kind("ds-digest-unknown")
    zone.put = (TEST, [zone.ds().replace(digest_type=200)])
    zone = kind("ds-digest-gost")
    zone.put = (TEST, [zone.ds().replace(digest_type=3)])
    zone = kind("ds-digest-unknown-and-known")
    zone.put = (TEST, [zone.ds().replace(digest_type=200), zone.ds()])
    zone = kind("ds-of-another-key")
    zone.put = (TEST, [zone.ds(Key())])
    zone = kind("ds-wrong-digest")
    zone.put = (TEST, [wrong(zone.ds())])
    zone = kind("ds-wrong-tag")
    zone.put = (TEST, [zone.ds().replace(key_tag=zone.ksk.tag ^ 1)])
    zone = kind("ds-wrong-algorithm")
    zone.put = (TEST, [zone.ds().replace(algorithm=8)])
    zone = kind("ds-of-a-standby-key")
    zone.put = (TEST, [zone.ds(Key()), zone.ds()])
    zone = kind("ds-many")
    zone.put = (TEST, [zone.ds(Key()) for _ in range(5)] + [zone.ds()])
    zone = kind("ds-without-keys").without("DNSKEY")
    zone = kind("ds-and-unsigned", ds=[])
    zone.put = (TEST, [unsigned(zone).ds()])
    kind("ds-none", ds=[])


def wrong(ds):
    return ds.replace(digest=bytes(byte ^ 1 for byte in ds.digest))


def by_keys():
    kind("keys-two", csk=False)
    kind("keys-two-nsec3", csk=False, denial="nsec3")
    zone = kind("keys-standby")
    zone.keys += [Key(), Key(flags=256)]
    zone = kind("keys-double-signature")
    other = Key()
    zone.keys.append(other)
    zone.dnskey_signers.append(other)
    zone.signers.append(other)
    zone.put = (TEST, [zone.ds(), zone.ds(other)])
    # The DS record is still the old key's, which signs no records any more.
    zone = kind("keys-double-ds", csk=False)
    new = Key()
    zone.keys.append(new)
    zone.put = (TEST, [zone.ds(), zone.ds(new)])
    zone = kind("keys-revoked-and-successor", csk=False)
    old = Key().revoke()
    zone.keys.append(old)
    zone.dnskey_signers.append(old)
    zone = kind("keys-revoked-is-named", csk=False)
    zone.ksk.revoke()
    zone = kind("keys-revoked-signs-records")
    old = Key().revoke()
    zone.keys.append(old)
    zone.resign("login", "A", old)
    zone = kind("keys-no-zone-flag")
    key = Key(flags=1)
    zone.ksk = zone.zsk = key
    zone.keys, zone.dnskey_signers, zone.signers = [key], [key], [key]
    zone = kind("keys-no-entry-flag")
    key = Key(flags=256)
    zone.ksk = zone.zsk = key
    zone.keys, zone.dnskey_signers, zone.signers = [key], [key], [key]
    zone = kind("keys-set-signed-by-zsk", csk=False)
    zone.dnskey_signers = [zone.zsk]
    zone = kind("keys-zsk-missing", csk=False)
    zone.keys = [zone.ksk]
    zone = kind("keys-set-forged")
    zone.then(lambda zone: zone.sets[(zone.origin, dns.rdatatype.DNSKEY)].add(Key().dnskey, TTL))
    zone = kind("keys-set-unsigned").unsign("", "DNSKEY")


def by_time():
    kind("time-expired", when=(-400, -100))
    kind("time-expired-two-keys", csk=False, when=(-400, -100))
    zone = kind("time-expired-all-keys-sign", csk=False, when=(-400, -100))
    zone.dnskey_signers = [zone.ksk, zone.zsk]
    kind("time-not-yet", when=(100, 400))
    kind("time-expired-an-hour-ago", when=(-400, -1))
    kind("time-begins-in-an-hour", when=(1, 400))
    kind("time-records-expired").resign("login", "A", when=(-400, -100))
    kind("time-keys-expired").resign("", "DNSKEY", when=(-400, -100))
    kind("time-one-of-two-expired").resign("login", "A", when=(-400, -100), add=True)
    kind("time-ends-in-an-hour", when=(-1, 1))
    kind("time-ends-before-it-begins").resign("login", "A", when=(48, -48))
    kind("time-fifty-years", when=(-24, 50 * 365 * 24))
    kind("time-since-fifty-years", when=(-50 * 365 * 24, 24))
    kind("ttl-above-original").then(lambda zone: raise_ttl(zone, 600))
    kind("ttl-below-original").then(lambda zone: raise_ttl(zone, 5))


def raise_ttl(zone, ttl):
    at = (zone.full("login"), dns.rdatatype.A)
    zone.sets[at] = dns.rrset.from_rdata_list(at[0], ttl, list(zone.sets[at]))
    zone.signatures = [(owner, covered, ttl if (owner, covered) == at else old, record)
                       for owner, covered, old, record in zone.signatures]


def by_signature():
    kind("rrsig-labels-too-many").resign("login", "A", late_labels=4)
    kind("rrsig-labels-too-few").resign("login", "A", late_labels=2)
    kind("rrsig-of-a-wildcard-that-is-none").resign("login", "A", labels=2)
    kind("rrsig-missing").unsign("login", "A")
    kind("rrsig-of-the-parent").resign("login", "A", TEST.zsk, signer=name("test."))
    kind("rrsig-of-another-zone").resign("login", "A", signer=name("elsewhere.test."))
    kind("rrsig-of-no-zone").resign("login", "A", signer=name("login.rrsig-of-no-zone.test."))
    kind("rrsig-original-ttl-changed").resign("login", "A", late_original_ttl=61)
    kind("rrsig-tag-changed").resign("login", "A", late_key_tag=1)
    kind("rrsig-garbage").resign("login", "A", late_signature=bytes(64))
    kind("rrsig-short").resign("login", "A", late_signature=b"x")
    kind("rrsig-garbage-beside-a-good-one").resign("login", "A", late_signature=bytes(64), add=True)
    kind("forged-address").forge("login", "A", "192.0.2.66")
    kind("forged-more").then(lambda zone: zone.add("login", "A", "192.0.2.66"))
    kind("all-signatures-lost").then(lambda zone: zone.drop(lambda *_: True))


def by_data():
    kind("data-text", record="TXT")
    kind("data-case-mx", "mail", "MX").add("mail", "MX", "10 MX.Example.TEST.", "10 mx.b.test.")
    kind("data-case-srv", "_s._tcp", "SRV").add("_s._tcp", "SRV", "0 0 443 Login.Data.TEST.", "0 0 80 A.test.")
    kind("data-case-cname", "Alias", "CNAME").add("alias", "CNAME", "Login.Data-Case-CNAME.test.")
    kind("data-case-owner", "LOGIN2", "A").add("LogIn2", "A", "192.0.2.9")
    kind("data-https", "login", "HTTPS").add("login", "HTTPS", '1 . alpn="h2,h3" ipv4hint=192.0.2.4')
    kind("data-caa", "", "CAA").add("", "CAA", '0 issue "ca.example"', '128 iodef "mailto:x@example"')
    kind("data-soa", "", "SOA")
    kind("data-ns", "", "NS")
    kind("data-keys", "", "DNSKEY")
    kind("data-large", "big", "TXT").add("big", "TXT", *[f'"{number:03} {"x" * 200}"' for number in range(20)])
    kind("data-depth", "one.two.three.four.five").add("one.two.three.four.five", "A", "192.0.2.10")


def by_denial():
    for denial in ("nsec", "nsec3"):
        options = dict(denial=denial)
        kind(f"{denial}-nodata", record="AAAA", **options)
        kind(f"{denial}-nxdomain", "nobody", **options)
        kind(f"{denial}-nxdomain-deep", "nobody.is.here", **options)
        kind(f"{denial}-ent", "b.ent", **options)
        kind(f"{denial}-below-ent", "nobody.b.ent", **options)
        kind(f"{denial}-wildcard", "x.wild", **options)
        kind(f"{denial}-wildcard-deep", "x.y.z.wild", **options)
        kind(f"{denial}-wildcard-itself", "*.wild", **options)
        kind(f"{denial}-wildcard-nodata", "x.wild", "AAAA", **options)
        kind(f"{denial}-wildcard-alias", "x.star", **options)
        kind(f"{denial}-ds-nodata", "login", "DS", **options)
        kind(f"{denial}-nodata-of-what-is-there", record="AAAA", **options).denying(
            "login", lambda kinds: kinds + ["AAAA"])
        kind(f"{denial}-nodata-expired", record="AAAA", **options).then(expire_denial)
        kind(f"{denial}-none-nodata", record="AAAA", **options).without(denial.upper())
        kind(f"{denial}-none-nxdomain", "nobody", **options).without(denial.upper())
        kind(f"{denial}-none-wildcard", "x.wild", **options).without(denial.upper())
        kind(f"{denial}-none-positive", **options).without(denial.upper())
        kind(f"{denial}-unsigned-nxdomain", "nobody", **options).then(
            lambda zone: zone.drop(lambda _, covered: covered in (47, 50)))
        kind(f"{denial}-soa-unsigned-nodata", record="AAAA", **options).unsign("", "SOA")
    kind("nsec3-salted-nxdomain", "nobody", denial="nsec3", salt="c0ffee")
    kind("nsec3-opt-out-positive", denial="nsec3", opt_out=True)
    kind("nsec3-opt-out-nodata", record="AAAA", denial="nsec3", opt_out=True)
    kind("nsec3-opt-out-nxdomain", "nobody", denial="nsec3", opt_out=True)
    kind("nsec3-opt-out-wildcard", "x.wild", denial="nsec3", opt_out=True)
    for rounds in (1, 50, 51, 100, 150, 151, 500):
        options = dict(denial="nsec3", iterations=rounds)
        kind(f"nsec3-{rounds}-nxdomain", "nobody", **options)
        parent = kind(f"nsec3-{rounds}-delegation", "login.below", **options)
        unsigned(child(f"below.nsec3-{rounds}-delegation.test.", parent))
    kind("nsec3-151-positive", denial="nsec3", iterations=151)
    kind("nsec3-151-nodata", record="AAAA", denial="nsec3", iterations=151)
    kind("nsec3-151-wildcard", "x.wild", denial="nsec3", iterations=151)


def expire_denial(zone):
    for (owner, covered), rrset in zone.sets.items():
        if covered in (dns.rdatatype.NSEC, dns.rdatatype.NSEC3):
            zone.drop(lambda at, kind: (at, kind) == (owner, covered))
            zone.signatures.append(zone.rrsig(rrset, zone.zsk, when=(-400, -100)))


def by_delegation():
    unsigned(kind("unsigned"))
    unsigned(kind("unsigned-nodata", record="AAAA"))
    unsigned(kind("unsigned-nxdomain", "nobody"))
    for label, options in [("nsec", {}), ("nsec3", dict(denial="nsec3")),
                           ("opt-out", dict(denial="nsec3", opt_out=True))]:
        parent = kind(f"below-{label}-unsigned", "login.below", **options)
        unsigned(child(f"below.below-{label}-unsigned.test.", parent))
        parent = kind(f"below-{label}-signed", "login.below", **options)
        child(f"below.below-{label}-signed.test.", parent)
        parent = kind(f"below-{label}-no-ds", "login.below", **options)
        child(f"below.below-{label}-no-ds.test.", parent, ds=[])
        # The zone above proves a DS record that it does not hand out.
        parent = kind(f"below-{label}-ds-lost", "login.below", **options)
        child(f"below.below-{label}-ds-lost.test.", parent)
        parent.without("DS")
        # A zone below that the zone above knows nothing of.
        parent = kind(f"below-{label}-not-delegated", "login.below", **options)
        zone = unsigned(child(f"below.below-{label}-not-delegated.test.", parent))
        zone.put = None
        # Names of several labels between two zones.
        parent = kind(f"below-{label}-far", "login.one.two.three", **options)
        unsigned(child(f"one.two.three.below-{label}-far.test.", parent))
        parent = kind(f"below-{label}-far-signed", "login.one.two.three", **options)
        child(f"one.two.three.below-{label}-far-signed.test.", parent)
    parent = kind("island", "login.below.island", ds=[])
    middle = unsigned(child("island.island.test.", parent))
    child("below.island.island.test.", middle)
    ASKED["island"] = ("login.below.island.island.test.", "A")
    top = kind("three-levels", "login.c.b", denial="nsec3")
    middle = child("b.three-levels.test.", top)
    child("c.b.three-levels.test.", middle)
    top = kind("three-levels-broken", "login.c.b")
    middle = child("b.three-levels-broken.test.", top, when=(-400, -100))
    child("c.b.three-levels-broken.test.", middle)
    top = kind("signed-below-unsigned", "login.c.b")
    middle = unsigned(child("b.signed-below-unsigned.test.", top))
    child("c.b.signed-below-unsigned.test.", middle)
    parent = kind("ds-expired", "login.below").resign("below", "DS", when=(-400, -100))
    child("below.ds-expired.test.", parent)
    parent = kind("ds-unsigned", "login.below").unsign("below", "DS")
    child("below.ds-unsigned.test.", parent)


def by_alias():
    secure = plain("target.test.")
    secure.put = (TEST, None)
    none = unsigned(plain("unsigned-target.test."))
    none.put = (TEST, None)
    broken = plain("broken-target.test.", when=(-400, -100))
    broken.put = (TEST, None)
    for label, to in [("target", "target"), ("unsigned", "unsigned-target"), ("broken", "broken-target")]:
        kind(f"cname-to-{label}", "go").add("go", "CNAME", f"login.{to}.test.")
        kind(f"dname-to-{label}", "login.go").add("go", "DNAME", f"{to}.test.")
        unsigned(kind(f"unsigned-cname-to-{label}", "go")).add("go", "CNAME", f"login.{to}.test.")
    kind("cname-inside", "www")
    kind("cname-chain", "c1").add("c1", "CNAME", "c2").add("c2", "CNAME", "c3").add("c3", "CNAME", "c4").add(
        "c4", "CNAME", "www")
    kind("cname-to-nobody", "go").add("go", "CNAME", "nobody.target.test.")
    kind("cname-to-nodata", "go", "AAAA").add("go", "CNAME", "login.target.test.")
    kind("cname-unsigned", "go").add("go", "CNAME", "login.target.test.").unsign("go", "CNAME")
    kind("cname-forged", "go").add("go", "CNAME", "login.target.test.").forge("go", "CNAME", "login.unsigned-target.test.")
    kind("dname-inside", "a.b.go").add("go", "DNAME", "ent")
    kind("dname-case", "login.go").add("Go", "DNAME", "Target.TEST.")
    kind("dname-itself", "go", "TXT").add("go", "DNAME", "target.test.")
    kind("dname-to-nobody", "nobody.go").add("go", "DNAME", "target.test.")
    kind("dname-unsigned", "login.go").add("go", "DNAME", "target.test.").unsign("go", "DNAME")
    kind("dname-forged", "login.go").add("go", "DNAME", "target.test.").forge("go", "DNAME", "unsigned-target.test.")
    kind("dname-expired", "login.go").add("go", "DNAME", "target.test.").resign("go", "DNAME", when=(-400, -100))
    kind("dname-nsec3", "login.go", denial="nsec3").add("go", "DNAME", "target.test.")


def main(folder):
    by_algorithm()
    by_ds()
    by_keys()
    by_time()
    by_signature()
    by_data()
    by_denial()
    by_delegation()
    by_alias()
    for zone in ZONES:
        if zone.put:
            zone.put[0].delegate(zone, zone.put[1])
    ROOT.delegate(TEST)
    every = [ROOT, TEST] + ZONES
    for zone in every:
        zone.sign()
        (folder / f"zone.{zone.origin}").write_text(zone.text())
    ds = ROOT.ds()
    (folder / "root.ds").write_text(f". IN DS {ds.to_text()}\n")
    words = ds.to_text().split()
    (folder / "root.keys").write_text(
        f'trust-anchors {{ "." static-ds {words[0]} {words[1]} {words[2]} "{"".join(words[3:])}"; }};\n')
    origins = [str(zone.origin) for zone in every]
    kinds = {label: {"name": at, "type": record} for label, (at, record) in ASKED.items()}
    (folder / "zones.json").write_text(json.dumps({"origins": origins, "kinds": kinds}, indent=1))


main(pathlib.Path(sys.argv[1]))
