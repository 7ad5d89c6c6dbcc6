//! A way to a server that can lose what the server says.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Listens on loopback, and leads to a server's socket.
pub(crate) struct Proxy {
    address: SocketAddr,
    loses: Arc<AtomicBool>,
}

impl Proxy {
    /// To the server whose socket is in this folder. Ends with the test program.
    pub(crate) fn new(host: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (socket, loses) = (host.join(".s.PGSQL.5432"), Arc::new(AtomicBool::new(false)));
        let loses_too = Arc::clone(&loses);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                lead(client, &socket, &loses_too);
            }
        });
        Self { address, loses }
    }

    /// The URL of a database behind it.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}?sslmode=disable", self.address)
    }

    /// From now on, whatever the server says on any connection is lost, and the connection with it; what it is told
    /// arrives.
    pub(crate) fn lose_answers(&self, loses: bool) {
        self.loses.store(loses, Ordering::SeqCst);
    }
}

fn lead(client: TcpStream, socket: &PathBuf, loses: &Arc<AtomicBool>) {
    let Ok(server) = UnixStream::connect(socket) else { return };
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let loses = Arc::clone(loses);
    std::thread::spawn(move || answers(server, &client, &loses));
}

fn answers(mut server: UnixStream, mut client: &TcpStream, loses: &AtomicBool) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count) = server.read(&mut bytes) {
        if count == 0 || loses.load(Ordering::SeqCst) || client.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}
