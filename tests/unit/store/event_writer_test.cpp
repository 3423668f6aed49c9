#include "store/event_writer.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <map>

#include "core/files.h"
#include "store/crc32c.h"
#include "store/png.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, VectorsOfRfc3720) {
  std::string up, down;
  for (int i = 0; i < 32; ++i) up.push_back(static_cast<char>(i)), down.push_back(static_cast<char>(31 - i));
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(up), 0x46dd794eu);
  EXPECT_EQ(crc32c(down), 0x113fdb5cu);
}

// A reader of its own: CRC bit by bit, messages as lists of (field, bytes of the value).
std::uint32_t bitwise_crc(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (0x82f63b78u * (crc & 1));
  }
  return ~crc;
}

template <typename T>
T read(std::string_view bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::vector<std::string> records(const std::string& file) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < file.size();) {
    const std::string length_bytes = file.substr(at, 8);
    const auto length = read<std::uint64_t>(length_bytes);
    const auto unmask = [&](std::size_t where) {
      const std::uint32_t rotated = read<std::uint32_t>(std::string_view(file).substr(where, 4)) - 0xa282ead8u;
      return rotated >> 17 | rotated << 15;
    };
    EXPECT_EQ(unmask(at + 8), bitwise_crc(length_bytes));
    out.push_back(file.substr(at + 12, length));
    EXPECT_EQ(unmask(at + 12 + length), bitwise_crc(out.back()));
    at += length + 16;
  }
  return out;
}

std::multimap<int, std::string> fields(std::string_view message) {
  std::multimap<int, std::string> out;
  const auto number = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.front());
      message.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
  };
  while (!message.empty()) {
    const std::uint64_t key = number();
    std::size_t size = 0;
    std::string value;
    switch (key & 7) {
      case 0:
        value = std::to_string(number());
        break;
      case 1:
        size = 8;
        break;
      case 2:
        size = number();
        break;
      case 5:
        size = 4;
        break;
      default:
        ADD_FAILURE() << "wire type " << (key & 7);
    }
    if ((key & 7) != 0) value = message.substr(0, size), message.remove_prefix(size);
    out.emplace(static_cast<int>(key >> 3), value);
  }
  return out;
}

std::string only(const std::multimap<int, std::string>& of, int field) {
  EXPECT_EQ(of.count(field), 1u) << "field " << field;
  return of.find(field)->second;
}

TEST(EventWriter, ScalarsReadBack) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path() / "events");
  writer.scalars(7, {{"loss/bc5cdr", 0.25}, {"learning_rate", 1e-4}});
  writer.flush();
  const std::string file = read_file(writer.file());
  // The first 12 bytes of an event file whose first event has a wall time and no step, as TensorFlow writes them.
  EXPECT_EQ(file.substr(0, 12), std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22", 12));
  const std::vector<std::string> events = records(file);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(only(fields(events[0]), 3), "brain.Event:2");
  const auto event = fields(events[1]);
  EXPECT_GT(read<double>(only(event, 1)), 1.6e9);
  EXPECT_EQ(only(event, 2), "7");
  const auto values = fields(only(event, 5));
  ASSERT_EQ(values.count(1), 2u);
  const auto first = fields(values.find(1)->second), second = fields(std::next(values.find(1))->second);
  EXPECT_EQ(only(first, 1), "loss/bc5cdr");
  EXPECT_EQ(read<float>(only(first, 2)), 0.25f);
  EXPECT_EQ(only(second, 1), "learning_rate");
  EXPECT_EQ(read<float>(only(second, 2)), 1e-4f);
}

TEST(EventWriter, AResumedRunSaysWhereItGoesOn) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path(), 120);
  const std::vector<std::string> events = records(read_file(writer.file()));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(only(fields(events[1]), 2), "121");
  EXPECT_EQ(only(fields(only(fields(events[1]), 7)), 1), "1");  // SessionLog.START
}

TEST(EventWriter, TextAndImageReadBack) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path());
  writer.text(1, "config", "a: 1");
  writer.image(2, "conflicts", {.rows = 1, .columns = 2, .values = {0, std::nan("")}}, 3);
  const std::vector<std::string> events = records(read_file(writer.file()));
  ASSERT_EQ(events.size(), 3u);
  const auto text = fields(only(fields(only(fields(events[1]), 5)), 1));
  EXPECT_EQ(only(fields(only(text, 8)), 8), "a: 1");
  EXPECT_EQ(only(fields(only(fields(only(text, 9)), 1)), 1), "text");
  const auto image = fields(only(fields(only(fields(only(fields(events[2]), 5)), 1)), 4));
  EXPECT_EQ(only(image, 1), "3");
  EXPECT_EQ(only(image, 2), "6");
  EXPECT_EQ(only(image, 4).substr(1, 3), "PNG");
}

// Bytes that Python's zlib and struct give for one red pixel.
TEST(Png, OneRedPixel) {
  const std::string picture = png({255, 0, 0}, 1, 1);
  std::string digits;
  for (const char c : picture) {
    constexpr std::string_view hex = "0123456789abcdef";
    digits.push_back(hex[static_cast<unsigned char>(c) >> 4]);
    digits.push_back(hex[c & 0xF]);
  }
  EXPECT_EQ(digits,
            "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000f494441547801010400fbff"
            "00ff0000030101008d1de5820000000049454e44ae426082");
}

}  // namespace
}  // namespace polyclinic
