#include "model/zip_archive.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

using std::filesystem::path;

constexpr std::size_t end_record_size = 22;

// Little-endian fields with every read checked.
class Bytes {
 public:
  Bytes(std::string_view all, const path& file) : all_(all), file_(file) {}
  [[noreturn]] void refuse(const std::string& what) const { throw InputError(what, {.file = file_.string()}); }
  std::string_view slice(std::uint64_t at, std::uint64_t size) const {
    if (at > all_.size() || size > all_.size() - at) refuse("zip archive is truncated or points outside itself");
    return all_.substr(at, size);
  }
  template <typename T>
  T field(std::uint64_t at) const {
    T value = 0;
    std::memcpy(&value, slice(at, sizeof(T)).data(), sizeof(T));
    return value;
  }
  bool has_signature(std::uint64_t at, std::uint32_t signature) const {
    return at + 4 <= all_.size() && field<std::uint32_t>(at) == signature;
  }
  std::size_t size() const { return all_.size(); }

 private:
  std::string_view all_;
  const path& file_;
};

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
};

std::uint64_t find_end_record(const Bytes& bytes) {
  if (bytes.size() >= end_record_size) {
    const std::size_t furthest = std::min<std::size_t>(bytes.size(), end_record_size + 0xFFFF);
    for (std::size_t back = end_record_size; back <= furthest; ++back) {
      if (bytes.has_signature(bytes.size() - back, 0x06054b50)) return bytes.size() - back;
    }
  }
  bytes.refuse("is not a zip archive, so no weight file of torch 1.6 or later, or it is truncated");
}

Directory read_directory(const Bytes& bytes) {
  const std::uint64_t end = find_end_record(bytes);
  Directory out{bytes.field<std::uint16_t>(end + 10), bytes.field<std::uint32_t>(end + 16)};
  if (end >= 20 && bytes.has_signature(end - 20, 0x07064b50)) {  // zip64 locator
    const auto wide = bytes.field<std::uint64_t>(end - 20 + 8);
    if (wide > bytes.size() || !bytes.has_signature(wide, 0x06064b50)) bytes.refuse("zip64 record is missing");
    out = {bytes.field<std::uint64_t>(wide + 32), bytes.field<std::uint64_t>(wide + 48)};
  }
  return out;
}

struct Member {
  std::string name;
  std::uint64_t stored = 0;  // bytes in the archive
  std::uint64_t size = 0;    // bytes of the member
  std::uint64_t local_header = 0;
  std::uint64_t next = 0;  // where the following directory entry starts
};

// Fields that do not fit 32 bits stand in the zip64 extra field, in this order.
void read_wide_fields(const Bytes& bytes, std::uint64_t extra, std::uint64_t extra_end, Member& member) {
  while (extra + 4 <= extra_end) {
    const auto id = bytes.field<std::uint16_t>(extra);
    const std::uint64_t end = extra + 4 + bytes.field<std::uint16_t>(extra + 2);
    std::uint64_t at = extra + 4;
    if (id == 1) {
      for (std::uint64_t* field : {&member.size, &member.stored, &member.local_header}) {
        if (*field != 0xFFFFFFFF) continue;
        if (at + 8 > end) bytes.refuse("zip64 extra field is too short");
        *field = bytes.field<std::uint64_t>(at);
        at += 8;
      }
    }
    extra = end;
  }
}

Member read_member(const Bytes& bytes, std::uint64_t at) {
  if (!bytes.has_signature(at, 0x02014b50)) bytes.refuse("zip directory is damaged");
  Member member;
  const auto name_size = bytes.field<std::uint16_t>(at + 28);
  member.name = bytes.slice(at + 46, name_size);
  if ((bytes.field<std::uint16_t>(at + 8) & 1U) != 0) bytes.refuse(concat("member ", member.name, " is encrypted"));
  if (bytes.field<std::uint16_t>(at + 10) != 0) {
    bytes.refuse(concat("member ", member.name, " is compressed; torch.save stores its members"));
  }
  member.stored = bytes.field<std::uint32_t>(at + 20);
  member.size = bytes.field<std::uint32_t>(at + 24);
  member.local_header = bytes.field<std::uint32_t>(at + 42);
  const std::uint64_t extra = at + 46 + name_size;
  const std::uint64_t extra_end = extra + bytes.field<std::uint16_t>(at + 30);
  read_wide_fields(bytes, extra, extra_end, member);
  member.next = extra_end + bytes.field<std::uint16_t>(at + 32);
  return member;
}

}  // namespace

std::map<std::string, std::string_view> parse_zip(std::string_view all, const path& file) {
  const Bytes bytes(all, file);
  const Directory directory = read_directory(bytes);
  std::map<std::string, std::string_view> out;
  std::uint64_t at = directory.offset;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const Member member = read_member(bytes, at);
    at = member.next;
    if (member.size != member.stored) bytes.refuse(concat("sizes of member ", member.name, " disagree"));
    const std::uint64_t local = member.local_header;
    if (local > bytes.size() || !bytes.has_signature(local, 0x04034b50)) {
      bytes.refuse(concat("header of member ", member.name, " is missing"));
    }
    const std::uint64_t data =
        local + 30 + bytes.field<std::uint16_t>(local + 26) + bytes.field<std::uint16_t>(local + 28);
    if (!out.emplace(member.name, bytes.slice(data, member.size)).second) {
      bytes.refuse(concat("member ", member.name, " stands twice"));
    }
  }
  return out;
}

}  // namespace polyclinic
