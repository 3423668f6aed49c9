#include "model/pickle_archive.h"

#include <ATen/ops/from_blob.h>

#include <map>
#include <utility>

#include "core/concat.h"
#include "core/error.h"
#include "model/mapped_file.h"
#include "model/pickle_program.h"
#include "model/zip_archive.h"

namespace polyclinic {
namespace {

using std::filesystem::path;

constexpr std::size_t program_limit = 64'000'000;

// The folder inside the archive: everything before "data.pkl".
std::string find_root(const std::map<std::string, std::string_view>& members, const path& file) {
  const std::string_view tail = "data.pkl";
  for (const auto& [name, bytes] : members) {
    if (name == tail || name.ends_with(concat("/", tail))) return name.substr(0, name.size() - tail.size());
  }
  throw InputError("has no data.pkl, so it is no file of torch.save", {.file = file.string()});
}

}  // namespace

struct PickleArchive::Content {
  explicit Content(const path& name) : file(name), map(name), members(parse_zip(map.bytes(), name)) {
    root = find_root(members, file);
    const auto order = members.find(root + "byteorder");
    if (order != members.end() && !order->second.starts_with("little")) {
      throw InputError("was written on a big-endian machine", {.file = file.string()});
    }
    const std::string_view program = members.at(root + "data.pkl");
    if (program.size() > program_limit) throw InputError("data.pkl is larger than 64 MB", {.file = file.string()});
    tensors = run_pickle(program, file);
  }
  path file;
  MappedFile map;
  std::map<std::string, std::string_view> members;
  std::string root;
  std::map<std::string, PickledTensor> tensors;
};

PickleArchive::PickleArchive(const path& file) : content_(std::make_shared<const Content>(file)) {}
PickleArchive::~PickleArchive() = default;

path PickleArchive::where(const std::string&) const { return content_->file; }
bool PickleArchive::contains(const std::string& name) const { return content_->tensors.contains(name); }

std::vector<std::string> PickleArchive::names() const {
  std::vector<std::string> out;
  for (const auto& [name, tensor] : content_->tensors) out.push_back(name);
  return out;
}

at::Tensor PickleArchive::read(const std::string& name) const {
  const Where where{.file = content_->file.string(), .key = name};
  const auto found = content_->tensors.find(name);
  if (found == content_->tensors.end()) throw InputError("holds no tensor of this name", where);
  const PickledTensor& tensor = found->second;
  const auto member = content_->members.find(concat(content_->root, "data/", tensor.storage));
  if (member == content_->members.end()) throw InputError(concat("storage ", tensor.storage, " is missing"), where);
  const std::string_view bytes = member->second;
  const std::size_t element = c10::elementSize(tensor.dtype);
  if (bytes.size() / element < static_cast<std::size_t>(tensor.storage_count)) {
    throw InputError(concat("storage ", tensor.storage, " has ", bytes.size(), " bytes; ", tensor.storage_count,
                            " elements are announced"),
                     where);
  }
  // The archive is mapped privately, so the pages are ours to point at.
  char* data = const_cast<char*>(bytes.data());
  const auto options = at::TensorOptions().dtype(tensor.dtype);
  if (reinterpret_cast<std::uintptr_t>(data) % element != 0) {
    std::vector<char> aligned(bytes.begin(), bytes.end());
    char* first = aligned.data() + static_cast<std::size_t>(tensor.offset) * element;
    return at::from_blob(
               first, tensor.shape, tensor.strides, [](void*) {}, options)
        .clone();
  }
  return at::from_blob(
      data + static_cast<std::size_t>(tensor.offset) * element, tensor.shape, tensor.strides,
      [keep = content_](void*) {}, options);
}

}  // namespace polyclinic
