#include "model/safetensors.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "model/mapped_file.h"

namespace polyclinic {
namespace {

using nlohmann::json;
using std::filesystem::path;

constexpr std::size_t header_limit = 100'000'000;

// The dtypes that we read; sub-byte and complex ones are refused by name.
constexpr std::array<std::pair<std::string_view, at::ScalarType>, 10> dtypes = {{
    {"F32", at::kFloat},
    {"F16", at::kHalf},
    {"BF16", at::kBFloat16},
    {"F64", at::kDouble},
    {"I64", at::kLong},
    {"I32", at::kInt},
    {"I16", at::kShort},
    {"I8", at::kChar},
    {"U8", at::kByte},
    {"BOOL", at::kBool},
}};

[[noreturn]] void refuse(const path& file, const std::string& what, const std::string& tensor = "") {
  throw InputError(what, {.file = file.string(), .key = tensor});
}

// nlohmann keeps the last of two equal keys in silence; this sees both.
json parse_without_duplicates(std::string_view text, const path& file) {
  std::vector<std::set<std::string>> seen;
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    if (depth > 3) refuse(file, "safetensors header is nested too deeply");
    if (event == json::parse_event_t::object_start) seen.emplace_back();
    if (event == json::parse_event_t::object_end) seen.pop_back();
    if (event == json::parse_event_t::key && !seen.back().insert(value.get<std::string>()).second) {
      refuse(file, "safetensors header names a key twice", value.get<std::string>());
    }
    return true;
  };
  try {
    return json::parse(text, watch);
  } catch (const json::exception& error) {
    refuse(file, concat("safetensors header is not valid JSON: ", error.what()));
  }
}

std::size_t read_size(const json& value, const path& file, const std::string& name, const char* what) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > INT64_MAX) {
    refuse(file, concat(what, " must hold whole numbers that are not negative"), name);
  }
  return value.get<std::size_t>();
}

std::size_t checked_bytes(const SafetensorsEntry& entry, const path& file, const std::string& name) {
  std::size_t bytes = c10::elementSize(entry.dtype);
  for (const std::int64_t size : entry.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(size), &bytes)) {
      refuse(file, "shape is larger than any memory", name);
    }
  }
  return bytes;
}

SafetensorsEntry parse_entry(const json& value, std::size_t data_begin, std::size_t file_size, const path& file,
                             const std::string& name) {
  if (!value.is_object()) refuse(file, "must be an object with dtype, shape and data_offsets", name);
  for (const char* key : {"dtype", "shape", "data_offsets"}) {
    if (!value.contains(key)) refuse(file, concat("has no ", key), name);
  }
  SafetensorsEntry entry;
  const json& dtype = value.at("dtype");
  const auto* known = std::find_if(dtypes.begin(), dtypes.end(), [&](const auto& item) { return dtype == item.first; });
  if (known == dtypes.end()) refuse(file, concat("dtype ", dtype.dump(), " is not one that we read"), name);
  entry.dtype = known->second;
  const json& shape = value.at("shape");
  if (!shape.is_array() || shape.size() > 8) refuse(file, "shape must be a list of at most 8 sizes", name);
  for (const json& size : shape) {
    entry.shape.push_back(static_cast<std::int64_t>(read_size(size, file, name, "shape")));
  }
  const json& offsets = value.at("data_offsets");
  if (!offsets.is_array() || offsets.size() != 2) refuse(file, "data_offsets must be [begin, end]", name);
  const std::size_t begin = read_size(offsets[0], file, name, "data_offsets");
  const std::size_t end = read_size(offsets[1], file, name, "data_offsets");
  if (begin > end) refuse(file, "data_offsets run backwards", name);
  if (end > file_size - data_begin) {
    refuse(file, concat("data ends at byte ", data_begin + end, " of ", file_size, ": the file is truncated"), name);
  }
  if (const std::size_t bytes = checked_bytes(entry, file, name); bytes != end - begin) {
    refuse(file, concat("has ", end - begin, " bytes where dtype and shape need ", bytes), name);
  }
  entry.begin = data_begin + begin;
  entry.end = data_begin + end;
  return entry;
}

void check_no_gaps(const SafetensorsHeader& header, std::size_t data_begin, std::size_t file_size, const path& file) {
  std::vector<std::pair<const SafetensorsEntry*, const std::string*>> order;
  for (const auto& [name, entry] : header.tensors) order.emplace_back(&entry, &name);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first->begin, a.first->end) < std::pair(b.first->begin, b.first->end);
  });
  std::size_t at = data_begin;
  for (const auto& [entry, name] : order) {
    if (entry->begin < at) refuse(file, "overlaps another tensor", *name);
    if (entry->begin > at) refuse(file, concat("leaves a gap of ", entry->begin - at, " bytes before it"), *name);
    at = entry->end;
  }
  if (at != file_size) refuse(file, concat(file_size - at, " bytes at the end belong to no tensor"));
}

void parse_metadata(const json& value, SafetensorsHeader& header, const path& file) {
  if (!value.is_object()) refuse(file, "must be an object of strings", "__metadata__");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) refuse(file, "must be a string", concat("__metadata__.", key));
    header.metadata[key] = text.get<std::string>();
  }
}

std::string_view dtype_name(at::ScalarType dtype, const path& file, const std::string& name) {
  for (const auto& [text, type] : dtypes) {
    if (type == dtype) return text;
  }
  throw FailedError("has a dtype that safetensors files of ours do not hold", {.file = file.string(), .key = name});
}

}  // namespace

SafetensorsHeader parse_safetensors(std::string_view bytes, const path& file) {
  if (bytes.size() < 8) refuse(file, "is too short for a safetensors file");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  if (length > header_limit) refuse(file, concat("safetensors header claims ", length, " bytes; the limit is 100 MB"));
  if (length > bytes.size() - 8) refuse(file, "safetensors header is longer than the file: the file is truncated");
  const std::size_t data_begin = 8 + static_cast<std::size_t>(length);
  const json root = parse_without_duplicates(bytes.substr(8, length), file);
  if (!root.is_object()) refuse(file, "safetensors header must be a JSON object");
  SafetensorsHeader header;
  for (const auto& [name, value] : root.items()) {
    if (name == "__metadata__") {
      parse_metadata(value, header, file);
    } else {
      header.tensors.emplace(name, parse_entry(value, data_begin, bytes.size(), file, name));
    }
  }
  check_no_gaps(header, data_begin, bytes.size(), file);
  return header;
}

struct SafetensorsFile::Content {
  explicit Content(const path& name) : file(name), map(name), header(parse_safetensors(map.bytes(), name)) {}
  path file;
  MappedFile map;
  SafetensorsHeader header;
};

SafetensorsFile::SafetensorsFile(const path& file) : content_(std::make_shared<const Content>(file)) {}
SafetensorsFile::~SafetensorsFile() = default;

const SafetensorsHeader& SafetensorsFile::header() const { return content_->header; }
path SafetensorsFile::where(const std::string&) const { return content_->file; }
bool SafetensorsFile::contains(const std::string& name) const { return content_->header.tensors.contains(name); }

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> out;
  for (const auto& [name, entry] : content_->header.tensors) out.push_back(name);
  return out;
}

at::Tensor SafetensorsFile::read(const std::string& name) const {
  const auto found = content_->header.tensors.find(name);
  if (found == content_->header.tensors.end()) refuse(content_->file, "holds no tensor of this name", name);
  const SafetensorsEntry& entry = found->second;
  char* data = static_cast<char*>(content_->map.data()) + entry.begin;
  const auto options = at::TensorOptions().dtype(entry.dtype);
  if (reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(entry.dtype) != 0) {
    // A header whose length is no multiple of 8 leaves the data unaligned.
    std::vector<char> aligned(data, data + (entry.end - entry.begin));
    return at::from_blob(aligned.data(), entry.shape, at::TensorOptions().dtype(entry.dtype)).clone();
  }
  return at::from_blob(
      data, entry.shape, [keep = content_, entry](void*) { keep->map.release(entry.begin, entry.end); }, options);
}

std::map<std::string, at::Tensor> read_safetensors(const path& file) {
  const SafetensorsFile source(file);
  std::map<std::string, at::Tensor> out;
  for (const std::string& name : source.names()) out.emplace(name, source.read(name).clone());
  return out;
}

void write_safetensors(const path& file, const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<std::pair<std::string, at::Tensor>> order;
  for (const auto& [name, tensor] : tensors) order.emplace_back(name, tensor.detach().cpu().contiguous());
  // Large elements first, as the reference writer does: every tensor is then aligned to its element.
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second.element_size() > b.second.element_size(); });
  json header = json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t at = 0;
  std::vector<std::string_view> parts(2);
  for (const auto& [name, tensor] : order) {
    const std::size_t end = at + tensor.nbytes();
    header[name] = {{"dtype", dtype_name(tensor.scalar_type(), file, name)},
                    {"shape", std::vector<std::int64_t>(tensor.sizes().begin(), tensor.sizes().end())},
                    {"data_offsets", {at, end}}};
    parts.emplace_back(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    at = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  parts[0] = {reinterpret_cast<const char*>(&length), 8};
  parts[1] = text;
  write_file_atomic(file, parts);
}

}  // namespace polyclinic
