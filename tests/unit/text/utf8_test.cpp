#include "text/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polyclinic {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, AcceptsTheEdgesOfEachLength) {
  for (const auto text : {""sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv,
                          "\xEE\x80\x80"sv, "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv, "a\0b"sv}) {
    EXPECT_EQ(first_invalid_byte(text), std::nullopt);
  }
}

// Offsets by hand from Unicode 15, table 3-7.
TEST(Utf8, NamesTheFirstBadByte) {
  EXPECT_EQ(first_invalid_byte("abcdefghij\x80"sv), 10u);       // continuation without a lead
  EXPECT_EQ(first_invalid_byte("\xC0\x80"sv), 0u);              // overlong NUL
  EXPECT_EQ(first_invalid_byte("x\xE0\x9F\xBF"sv), 1u);         // overlong, three bytes
  EXPECT_EQ(first_invalid_byte("\xED\xA0\x80"sv), 0u);          // surrogate
  EXPECT_EQ(first_invalid_byte("\xF4\x90\x80\x80"sv), 0u);      // above U+10FFFF
  EXPECT_EQ(first_invalid_byte("\xC3\xA9\xF0\x9F\x98"sv), 2u);  // cut at the end
  EXPECT_EQ(first_invalid_byte("\xFF"sv), 0u);
}

TEST(Utf8, RefusesWithTheByteOffset) {
  try {
    require_utf8("temp 38\xB0 C", {"note.txt"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("note.txt"));
    EXPECT_THAT(error.what(), testing::HasSubstr("byte 7"));
  }
}

// Expected values: Python 3.11 bytes.decode("utf-8", errors="replace").
TEST(Utf8, ReplacesAsPythonDoes) {
  const auto check = [](std::string_view in, std::string_view out, std::size_t count) {
    const Replaced replaced = replace_invalid(in);
    EXPECT_EQ(replaced.text, out);
    EXPECT_EQ(replaced.replacements, count);
  };
  check("plain \xC3\xA9", "plain \xC3\xA9", 0);
  check("\xF0\x9F\x98z", "\xEF\xBF\xBDz", 1);
  check("\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 3);
  check("\xE2\x82", "\xEF\xBF\xBD", 1);
  check("a\xFF\xFE", "a\xEF\xBF\xBD\xEF\xBF\xBD", 2);
}

TEST(Utf8, AppendsWhatItReads) {
  for (const char32_t value : {U'a', U'\u00E9', U'\u20AC', U'\U0001F600', U'\U0010FFFF'}) {
    std::string text;
    append_utf8(text, value);
    EXPECT_EQ(code_point_at(text, 0).value, value);
    EXPECT_EQ(code_point_at(text, 0).length, text.size());
  }
}

TEST(OffsetMap, CrossesBothWaysOnMixedText) {
  std::string text;
  std::vector<std::size_t> begins;
  for (int i = 0; i < 700; ++i) {
    begins.push_back(text.size());
    append_utf8(text, i % 3 == 0 ? U'x' : i % 3 == 1 ? U'\u00E9' : i % 5 == 0 ? U'\U0001F600' : U'\u2581');
  }
  begins.push_back(text.size());
  const OffsetMap map(text);
  ASSERT_EQ(map.code_points(), 700u);
  for (std::size_t i = 0; i < begins.size(); ++i) EXPECT_EQ(map.to_byte(i), begins[i]);
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    for (std::size_t byte = begins[i]; byte < begins[i + 1]; ++byte) EXPECT_EQ(map.to_code_point(byte), i);
  }
  EXPECT_EQ(map.to_code_point(text.size()), 700u);
  EXPECT_THROW(map.to_byte(701), std::out_of_range);
}

TEST(OffsetMap, AsciiAndEmpty) {
  const std::string text(1000, 'a');
  const OffsetMap map(text);
  EXPECT_EQ(map.to_byte(1000), 1000u);
  EXPECT_EQ(map.to_code_point(999), 999u);
  EXPECT_EQ(OffsetMap("").to_byte(0), 0u);
  EXPECT_EQ(OffsetMap("").to_code_point(0), 0u);
}

}  // namespace
}  // namespace polyclinic
