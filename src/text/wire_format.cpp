#include "text/wire_format.h"

#include <bit>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

}  // namespace

void WireMessage::fail(const std::string& what) const {
  throw InputError(concat("no SentencePiece model: ", what), {.file = *file_}, "download the file again");
}

std::uint64_t WireMessage::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  fail("a number of more than ten bytes");
}

std::string_view WireMessage::take(std::uint64_t count) {
  if (count > rest_.size()) fail("the bytes end inside a field");
  const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
  rest_.remove_prefix(taken.size());
  return taken;
}

bool WireMessage::next() {
  if (rest_.empty()) return false;
  const std::uint64_t tag = varint();
  number_ = static_cast<std::uint32_t>(tag >> 3);
  if (tag >> 3 == 0 || tag >> 32 != 0) fail("a field without a number");
  type_ = static_cast<Type>(tag & 7);
  switch (type_) {
    case Type::varint:
      integer_ = varint();
      return true;
    case Type::fixed64:
      integer_ = little_endian(take(8));
      return true;
    case Type::bytes:
      bytes_ = take(varint());
      return true;
    case Type::fixed32:
      integer_ = little_endian(take(4));
      return true;
  }
  fail(concat("field ", number_, " has an unknown wire type"));
}

void WireMessage::expect(Type type) const {
  if (type_ != type) fail(concat("field ", number_, " has the wrong wire type"));
}

std::uint64_t WireMessage::integer() const {
  expect(Type::varint);
  return integer_;
}

float WireMessage::real() const {
  expect(Type::fixed32);
  return std::bit_cast<float>(static_cast<std::uint32_t>(integer_));
}

std::string_view WireMessage::bytes() const {
  expect(Type::bytes);
  return bytes_;
}

}  // namespace polyclinic
