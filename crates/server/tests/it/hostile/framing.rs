//! Bodies that say two things, or nothing that can be understood, about their length.

use super::{Case, case, play, raw};
use crate::service::boston_row;

/// A request hidden in the body of another one.
const HIDDEN: &str = "0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let row = boston_row().to_string();
    let length = row.len();
    let hidden = HIDDEN.len();
    let chunked = format!("{length:x}\r\n{row}\r\n0\r\n\r\n");
    let te = "Transfer-Encoding: chunked\r\n";
    let of_length = |text: &str| raw(&format!("Content-Length: {text}\r\n"), &row);
    let of_coding = |header: &str| raw(header, &chunked);
    let of_chunks = |chunks: &str| raw(te, chunks);
    vec![
        case("chunks", of_coding(te), "200"),
        case("length and chunks", raw(&format!("Content-Length: {hidden}\r\n{te}"), HIDDEN), "400"),
        case("chunks and length", raw(&format!("{te}Content-Length: {hidden}\r\n"), HIDDEN), "400"),
        case("two lengths", raw(&format!("Content-Length: {length}\r\nContent-Length: 5\r\n"), &row), "400"),
        case("one length twice", raw(&format!("Content-Length: {length}\r\n").repeat(2), &row), "400"),
        case("two lengths in one header", of_length(&format!("{length}, {length}")), "400"),
        case("a length with a sign", of_length(&format!("+{length}")), "400"),
        case("a length below zero", of_length("-1"), "400"),
        case("a length in hexadecimal", of_length("0x10"), "400"),
        case("a length beyond 64 bits", of_length("99999999999999999999"), "400"),
        case("a length of nothing", of_length(""), "400"),
        case("a length of 18 EB", of_length("18446744073709551615"), "413|400"),
        case(
            "chunks twice",
            of_coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            "400",
        ),
        case("chunks in chunks", of_coding("Transfer-Encoding: chunked, chunked\r\n"), "400"),
        case("chunks, then identity", of_coding("Transfer-Encoding: chunked, identity\r\n"), "400"),
        case("an unknown coding", of_coding("Transfer-Encoding: xchunked\r\n"), "400"),
        case("chunks behind a vertical tab", of_coding("Transfer-Encoding: \x0bchunked\r\n"), "400"),
        case("chunks in quotes", of_coding("Transfer-Encoding: \"chunked\"\r\n"), "400"),
        case("chunks in a folded line", of_coding("Transfer-Encoding:\r\n chunked\r\n"), "400"),
        case("space before the colon", of_coding("Transfer-Encoding : chunked\r\n"), "400"),
        case("space before a name", of_coding("X: y\r\n Transfer-Encoding: chunked\r\n"), "400"),
        case("chunks in HTTP/1.0", format!("POST /predict HTTP/1.0\r\n{te}\r\n{chunked}"), "400"),
        case("a chunk beyond 64 bits", of_chunks("fffffffffffffffff\r\nx"), "400"),
        case("a chunk of 18 EB", of_chunks("ffffffffffffffff\r\nx"), "408"),
        case("a chunk below zero", of_chunks("-1\r\nx\r\n0\r\n\r\n"), "400"),
        case("a chunk in hexadecimal with 0x", of_chunks("0x5\r\nhello\r\n0\r\n\r\n"), "400"),
        case("a chunk longer than stated", of_chunks("1\r\n[[]]\r\n0\r\n\r\n"), "400"),
        case("chunks by line feeds alone", of_chunks(&chunked.replace("\r\n", "\n")), "400"),
    ]
}

/// The test of these shapes.
pub(super) const TEST: &str = "a_body_that_says_two_things_of_its_length_is_refused";

#[test]
fn a_body_that_says_two_things_of_its_length_is_refused() {
    play(cases());
}
