// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// JSON as an attacker or a broken client sends it. Every reader of the program is tested against
/// the same table, so that simdjson on the scheduler's listener is as strict as the reader of
/// common/base everywhere else.
namespace kernwise::corpus {

struct Hostile {
  std::string name;
  std::string text;
};

inline std::string repeated(std::size_t times, const std::string& text) {
  std::string all;
  all.reserve(times * text.size());
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// Whole bodies that no reader may accept, whatever schema it expects.
inline std::vector<Hostile> documents() {
  return {
      {"nothing", ""},
      {"blanks", " \t\r\n"},
      {"not JSON", "hello"},
      {"200,000 open arrays", repeated(200'000, "[")},
      {"200,000 open objects", repeated(200'000, R"({"a":)")},
      {"nested 100 deep and closed", repeated(100, "[") + "0" + repeated(100, "]")},
      {"trailing word", "{} x"},
      {"second document", "{}{}"},
      {"trailing NUL", std::string("{}\0", 3)},
      {"trailing comma", R"({"a":1,})"},
      {"trailing comma in an array", R"({"a":[1,]})"},
      {"byte order mark", "\xef\xbb\xbf{}"},
      {"UTF-16", std::string("{\0}\0", 4)},
      {"single quotes", "{'a':1}"},
      {"comment", "{/* */}"},
      {"NaN", R"({"a":NaN})"},
      {"Infinity", R"({"a":-Infinity})"},
      {"hexadecimal", R"({"a":0x10})"},
      {"leading zero", R"({"a":01})"},
      {"leading plus", R"({"a":+1})"},
      {"bare point", R"({"a":1.})"},
      {"bare exponent", R"({"a":1e})"},
      {"2 MB of digits", R"({"a":)" + std::string(2'000'000, '9') + "}"},
      {"unclosed string", R"({"a":"b)"},
      {"raw newline in a string", "{\"a\":\"b\nc\"}"},
      {"raw NUL in a string", std::string("{\"a\":\"b\0c\"}", 11)},
      {"unknown escape", R"({"a":"\x41"})"},
      {"half an escape", R"({"a":"\u12"})"},
      {"lone high surrogate", R"({"a":"\ud800"})"},
      {"lone low surrogate", R"({"a":"\udc00"})"},
      {"two high surrogates", R"({"a":"\ud800\ud800"})"},
      {"a high surrogate and a letter", R"({"a":"\ud800\u0041"})"},
      {"surrogates the wrong way round", R"({"a":"\udc00\ud800"})"},
      {"lone surrogate in a key", R"({"\udfff":1})"},
  };
}

/// Bytes that are not UTF-8; to be put inside a string.
inline std::vector<Hostile> bad_utf8() {
  return {
      {"lone continuation", "\x80"},
      {"lead without continuation", "\xc3"},
      {"two of three bytes", "\xe2\x82"},
      {"three of four bytes", "\xf0\x9f\x98"},
      {"overlong slash of two bytes", "\xc0\xaf"},
      {"overlong slash of three bytes", "\xe0\x80\xaf"},
      {"overlong NUL", "\xc0\x80"},
      {"surrogate", "\xed\xa0\x80"},
      {"above U+10FFFF", "\xf4\x90\x80\x80"},
      {"five byte form", "\xf8\x88\x80\x80\x80"},
      {"0xff", "\xff"},
  };
}

/// Values that must be refused where a field wants an integer of 32 bits.
inline std::vector<Hostile> numbers() {
  return {
      {"CVE-2024-38517", "1.00000000001e-2147483638"},
      {"its sister with zeros", "0.00000000000000000000000001E-2147483638000"},
      {"1e400", "1e400"},
      {"-1e400", "-1e400"},
      {"2^64", "18446744073709551616"},
      {"2^63", "9223372036854775808"},
      {"2^31", "2147483648"},
      {"-2^31 - 1", "-2147483649"},
      {"a fraction", "1.5"},
      {"an exponent", "1e3"},
      {"a number in a string", R"("7")"},
  };
}

/// One value of each JSON type; which of them a field takes is the schema's business.
struct Typed {
  std::string type;
  std::string text;
};
inline std::vector<Typed> one_of_each_type() {
  return {{"boolean", "true"}, {"number", "7"},  {"string", R"("7")"},
          {"array", "[{}]"},   {"object", "{}"}, {"null", "null"}};
}

/// JSON texts of strings that must be refused as a name or shown harmlessly, never used as they
/// are.
inline std::vector<Hostile> control_strings() {
  return {
      {"NUL", R"("a\u0000b")"},         {"newline", R"("a\nb")"},
      {"carriage return", R"("a\rb")"}, {"ANSI escape", R"("\u001b[31m")"},
      {"delete", "\"a\x7f\""},
  };
}

/// Well-formed strings that are trouble only for whoever prints them unescaped.
inline std::vector<Hostile> markup_strings() {
  return {
      {"script", "</script><img src=x onerror=alert(1)>"},
      {"label", "a=\"b\"}\\"},
      {"path", "../../etc/passwd"},
      {"bidirectional override", "a\xe2\x80\xae"},
      {"line separator",
       "a\xe2\x80\xa8"
       "b"},
      {"paragraph separator",
       "a\xe2\x80\xa9"
       "b"},
      {"upper case", "NODE-1"},
      {"accents and an emoji",
       "n\xc3\xb6"
       "de-\xf0\x9f\x98\x80"},
  };
}

/// Every beginning of `text`, without the whole.
inline std::vector<std::string> truncations(const std::string& text) {
  std::vector<std::string> all;
  all.reserve(text.size());
  for (std::size_t length = 0; length < text.size(); ++length) {
    all.push_back(text.substr(0, length));
  }
  return all;
}

}  // namespace kernwise::corpus
