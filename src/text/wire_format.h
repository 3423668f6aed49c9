#pragma once
// The wire format of protocol buffers, as far as a reader of one message needs it: fields in the order of the bytes.
// Source: the public description of the encoding (varint, 64-bit, length-delimited, 32-bit).
#include <cstdint>
#include <string>
#include <string_view>

namespace polyclinic {

class WireMessage {
 public:
  // `file` is what errors name; `bytes` must outlive the message and what `bytes()` gives.
  WireMessage(std::string_view bytes, const std::string& file) : rest_(bytes), file_(&file) {}

  // Moves to the next field; false at the end. InputError when the bytes are no message.
  bool next();
  std::uint32_t number() const { return number_; }
  // The value of the field. InputError when the field has another wire type.
  std::uint64_t integer() const;
  float real() const;
  std::string_view bytes() const;
  WireMessage message() const { return {bytes(), *file_}; }
  [[noreturn]] void fail(const std::string& what) const;

 private:
  enum class Type { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
  std::uint64_t varint();
  std::string_view take(std::uint64_t count);
  void expect(Type type) const;

  std::string_view rest_;
  const std::string* file_;
  std::uint32_t number_ = 0;
  Type type_ = Type::varint;
  std::uint64_t integer_ = 0;
  std::string_view bytes_;
};

}  // namespace polyclinic
