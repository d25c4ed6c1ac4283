//! Name servers that no package provides: ones that answer wrongly, and a path that loses packets.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often threads look whether they shall end.
const TICK: Duration = Duration::from_millis(20);

/// Threads that serve until this value is dropped.
pub struct Threads {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Threads {
    fn new() -> Self {
        let stop = Arc::default();
        let threads = Vec::new();
        Self { stop, threads }
    }

    /// Runs `serve` again and again; it returns at the latest after a tick.
    fn run(&mut self, mut serve: impl FnMut() + Send + 'static) {
        let stop = Arc::clone(&self.stop);
        self.threads.push(std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                serve();
            }
        }));
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn socket(port: u16) -> UdpSocket {
    let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(TICK)).unwrap();
    socket
}

/// A server that does with each question what the test says.
pub struct Hostile {
    pub address: SocketAddr,
    _threads: Threads,
}

impl Hostile {
    /// `answer` is handed the socket, the question and whence it came.
    pub fn start(answer: impl Fn(&UdpSocket, &[u8], SocketAddr) + Send + 'static) -> Self {
        Self::at(0, answer)
    }

    /// The same at a port of 127.0.0.1.
    pub fn at(port: u16, answer: impl Fn(&UdpSocket, &[u8], SocketAddr) + Send + 'static) -> Self {
        let socket = socket(port);
        let address = socket.local_addr().unwrap();
        let mut threads = Threads::new();
        threads.run(move || {
            let mut buffer = [0; 4096];
            if let Ok((length, client)) = socket.recv_from(&mut buffer) {
                answer(&socket, &buffer[..length], client);
            }
        });
        let _threads = threads;
        Self { address, _threads }
    }
}

/// Hands a question on to a server, and what it answers back to the client.
pub fn hand_on(question: &[u8], server: SocketAddr, socket: &UdpSocket, client: SocketAddr) {
    let inner = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    inner.send_to(question, server).unwrap();
    let mut buffer = [0; 4096];
    let length = inner.recv(&mut buffer).unwrap();
    socket.send_to(&buffer[..length], client).unwrap();
}

/// A path to a server on which packets get lost.
pub struct Lossy {
    pub address: SocketAddr,
    dropped: Arc<AtomicUsize>,
    _threads: Threads,
}

impl Lossy {
    /// Of the packets in each direction the ones are lost of which `loses` says so by their number.
    pub fn start(server: SocketAddr, loses: fn(usize) -> bool) -> Self {
        let (outer, inner) = (Arc::new(socket(0)), Arc::new(socket(0)));
        inner.connect(server).unwrap();
        let address = outer.local_addr().unwrap();
        let dropped = Arc::new(AtomicUsize::new(0));
        let client = Arc::new(std::sync::Mutex::new(None));
        let mut threads = Threads::new();
        {
            let (outer, inner) = (Arc::clone(&outer), Arc::clone(&inner));
            let (client, dropped) = (Arc::clone(&client), Arc::clone(&dropped));
            let (mut buffer, mut count) = ([0; 4096], 0);
            threads.run(move || {
                let Ok((length, from)) = outer.recv_from(&mut buffer) else {
                    return;
                };
                *client.lock().unwrap() = Some(from);
                count += 1;
                if loses(count) {
                    dropped.fetch_add(1, Ordering::Relaxed);
                } else {
                    inner.send(&buffer[..length]).unwrap();
                }
            });
        }
        {
            let dropped = Arc::clone(&dropped);
            let (mut buffer, mut count) = ([0; 4096], 0);
            threads.run(move || {
                let Ok(length) = inner.recv(&mut buffer) else {
                    return;
                };
                count += 1;
                if loses(count) {
                    dropped.fetch_add(1, Ordering::Relaxed);
                } else if let Some(client) = *client.lock().unwrap() {
                    outer.send_to(&buffer[..length], client).unwrap();
                }
            });
        }
        Self {
            address,
            dropped,
            _threads: threads,
        }
    }

    /// Packets lost so far.
    pub fn dropped(&self) -> usize {
        self.dropped.load(Ordering::Relaxed)
    }
}
