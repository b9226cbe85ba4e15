//! One request to an API, on a connection of its own, until the server closes it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// The answer's status and body.
///
/// # Errors
/// When the server cannot be reached or does not answer in HTTP.
pub fn ask(
    to: SocketAddr,
    token: &str,
    (method, path): (&str, &str),
    body: &str,
) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let strange = || std::io::Error::other("no HTTP answer");
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n");
    let head = head.ok_or_else(strange)? + 4;
    let line = String::from_utf8_lossy(&answer[..head]).into_owned();
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let body = answer.split_off(head);
    Ok((status.ok_or_else(strange)?, body))
}
