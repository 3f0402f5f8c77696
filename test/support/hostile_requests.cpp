// SPDX-License-Identifier: Apache-2.0
#include "test/support/hostile_requests.hpp"

#include <iterator>
#include <string_view>

namespace kernwise::test {
namespace {

using namespace std::string_literals;

std::string post(std::string_view fields, std::string_view rest = {}) {
  return "POST /echo HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n" + std::string(rest);
}

std::string get(std::string_view target, std::string_view fields = "Host: x\r\n") {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(fields) + "\r\n";
}

std::vector<HostileRequest> transfer_codings() {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string five = "Content-Length: 5\r\n";
  return {
      {"length, then chunked", post(five + chunked, "0\r\n\r\n"), 400},
      {"chunked, then length", post(chunked + five, "0\r\n\r\n"), 400},
      {"gzip, then length", post("Transfer-Encoding: gzip\r\n" + five, "hello"), 400},
      {"xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 411},
      {"chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 411},
      {"chunked twice", post(chunked + chunked, "0\r\n\r\n"), 411},
      {"plain chunked", post(chunked, "5\r\nhello\r\n0\r\n\r\n"), 411},
      {"odd case", post("tRANSFER-eNCODING: CHUNKED\r\n", "0\r\n\r\n"), 411},
      {"empty coding", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), 411},
      {"10 KB chunk extension", post(chunked, "5;" + std::string(10240, 'x') + "\r\nhello\r\n"),
       411},
      {"chunk size overflow", post(chunked, "fffffffffffffffff\r\nhello\r\n"), 411},
      {"blank before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
      {"folded coding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400},
      {"vertical tab in the coding",
       post("Transfer-Encoding:\x0b"
            "chunked\r\n",
            "0\r\n\r\n"),
       400},
  };
}

std::vector<HostileRequest> lengths() {
  return {
      {"length twice, same", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
      {"length twice, different", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400},
      {"length twice, odd case", post("Content-Length: 5\r\ncontent-length: 5\r\n", "hello"), 400},
      {"length list", post("Content-Length: 5, 5\r\n", "hello"), 400},
      {"length +5", post("Content-Length: +5\r\n", "hello"), 400},
      {"length -1", post("Content-Length: -1\r\n"), 400},
      {"length 0x5", post("Content-Length: 0x5\r\n", "hello"), 400},
      {"length 5 5", post("Content-Length: 5 5\r\n", "hello"), 400},
      {"length empty", post("Content-Length: \r\n"), 400},
      {"length 5.0", post("Content-Length: 5.0\r\n", "hello"), 400},
      {"length 2^64", post("Content-Length: 18446744073709551616\r\n"), 400},
      {"length of 100 digits", post("Content-Length: " + std::string(100, '9') + "\r\n"), 400},
      {"folded line", get("/", "Host: x\r\nA: b\r\n c\r\n"), 400},
      {"folded first line", get("/", " Host: x\r\nHost: x\r\n"), 400},
  };
}

std::vector<HostileRequest> lines() {
  return {
      {"bare LF", "GET / HTTP/1.1\nHost: x\n\n", 400},
      {"bare LF in a header", get("/", "Host: x\r\nA: b\nC: d\r\n"), 400},
      {"bare CR in a header", get("/", "Host: x\r\nA: b\rC: d\r\n"), 400},
      {"NUL in a value", get("/", "Host: x\r\nA: b\0c\r\n"s), 400},
      {"NUL in a name", get("/", "Host: x\r\nA\0: b\r\n"s), 400},
      {"NUL in the target", get("/a\0b"s), 400},
      {"escape character in a value", get("/", "Host: x\r\nA: \x1b[2J\r\n"), 400},
      {"blank before the colon", get("/", "Host : x\r\n"), 400},
      {"empty header name", get("/", "Host: x\r\n: y\r\n"), 400},
      {"header without a colon", get("/", "Host: x\r\nnonsense\r\n"), 400},
      {"leading CRLF", "\r\n" + get("/"), 400},
      {"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
      {"HTTP/11", "GET / HTTP/11\r\nHost: x\r\n\r\n", 400},
      {"http/1.1", "GET / http/1.1\r\nHost: x\r\n\r\n", 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"tab for a blank", "GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"blank at the end", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
      {"method that is no token", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
  };
}

std::vector<HostileRequest> targets_and_hosts() {
  return {
      {"no Host", get("/", ""), 400},
      {"no Host, HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 400},
      {"two Hosts", get("/", "Host: x\r\nHost: y\r\n"), 400},
      {"two equal Hosts", get("/", "Host: x\r\nhost: x\r\n"), 400},
      {"empty Host", get("/", "Host:\r\n"), 400},
      {"Host with a path", get("/", "Host: x/y\r\n"), 400},
      {"Host with a user", get("/", "Host: a@b\r\n"), 400},
      {"Host list", get("/", "Host: a, b\r\n"), 400},
      {"absolute form", get("http://other/"), 400},
      {"0xff in the target", get("/\xff"), 400},
      {"blank in the target", get("/a b"), 400},
      {"fragment", get("/a#b"), 400},
      {"broken percent", get("/%4"), 400},
      {"percent and no hex", get("/%zz"), 400},
      {"relative target", get("echo"), 400},
      {"asterisk for GET", get("*"), 400},
      {"CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"other expectation", post("Content-Length: 5\r\nExpect: 200-ok\r\n", "hello"), 417},
      {"header over 8 KiB", request_of_size(8UL * 1024 + 1), 431},
      {"header far over 8 KiB", request_of_size(64UL * 1024), 431},
      {"65 headers", request_with_headers(64), 431},
      {"300 headers", request_with_headers(299), 431},
  };
}

}  // namespace

std::string request_with_headers(std::size_t count) {
  std::string fields = "Host: x\r\n";
  for (std::size_t i = 0; i < count; ++i) fields += "A: b\r\n";
  return get("/", fields);
}

std::string request_of_size(std::size_t bytes) {
  const auto empty = get("/", "Host: x\r\nFill: \r\n").size();
  return get("/", "Host: x\r\nFill: " + std::string(bytes - empty, 'x') + "\r\n");
}

std::vector<HostileRequest> hostile_requests() {
  std::vector<HostileRequest> all;
  for (auto rows : {transfer_codings(), lengths(), lines(), targets_and_hosts()}) {
    all.insert(all.end(), std::make_move_iterator(rows.begin()),
               std::make_move_iterator(rows.end()));
  }
  return all;
}

}  // namespace kernwise::test
