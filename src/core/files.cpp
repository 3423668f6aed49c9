#include "core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace fs = std::filesystem;

namespace {
// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

[[noreturn]] void fail(const char* doing, const fs::path& path) {
  throw FailedError(concat(doing, " failed: ", std::strerror(errno)), {.file = path.string()});
}
}  // namespace

std::string read_file(const fs::path& path) {
  const auto refuse = [&](int cause) {
    throw InputError(concat("cannot be read: ", std::strerror(cause)), {.file = path.string()});
  };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) refuse(errno);
  if (S_ISDIR(about.st_mode)) throw InputError("is a folder, not a file", {.file = path.string()});
  // One read more than the size sees the end; a pipe has no size and grows by chunks.
  constexpr std::size_t kChunk = std::size_t{1} << 18;
  std::string bytes(about.st_size > 0 ? static_cast<std::size_t>(about.st_size) + 1 : kChunk, '\0');
  std::size_t done = 0;
  for (;;) {
    if (done == bytes.size()) bytes.resize(done + std::max(done / 2, kChunk));
    const ssize_t got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

void sync_path(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail("open", path);
  if (::fsync(file.get()) != 0) fail("fsync", path);
}

namespace {
// False when a write failed; errno says why.
bool write_all(int file, std::string_view bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(file, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

[[noreturn]] void remove_and_fail(const std::string& temporary, const char* doing, const fs::path& path) {
  const int cause = errno;
  ::unlink(temporary.c_str());
  errno = cause;
  fail(doing, path);
}
}  // namespace

void remove_folder(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> entries;
  if (fs::is_directory(fs::symlink_status(folder, ignored))) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) entries.push_back(entry.path());
  }
  for (const fs::path& entry : entries) remove_folder(entry);
  fs::remove(folder, ignored);
}

void write_file_atomic(const fs::path& path, std::string_view bytes) {
  write_file_atomic(path, std::vector<std::string_view>{bytes});
}

namespace {
fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// Writes a temporary file beside `path`; its name.
std::string write_beside(const fs::path& path, const std::vector<std::string_view>& parts, bool synced) {
  const fs::path folder = folder_of(path);
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw FailedError(concat("cannot make the folder: ", code.message()), {.file = folder.string()});
  std::string temporary = (folder / concat(".", path.filename().string(), ".XXXXXX")).string();
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) fail("making a temporary file", temporary);
  ::fchmod(file.get(), 0644);
  for (const std::string_view part : parts) {
    if (!write_all(file.get(), part)) remove_and_fail(temporary, "write", path);
  }
  if (synced && ::fsync(file.get()) != 0) remove_and_fail(temporary, "fsync", path);
  return temporary;
}
}  // namespace

void write_file_atomic(const fs::path& path, const std::vector<std::string_view>& parts) {
  const std::string temporary = write_beside(path, parts, true);
  if (::rename(temporary.c_str(), path.c_str()) != 0) remove_and_fail(temporary, "rename", path);
  sync_path(folder_of(path));
}

FileBatch::~FileBatch() {
  for (const Waiting& file : waiting_) ::unlink(file.temporary.c_str());
}

void FileBatch::put(const fs::path& path, std::string_view bytes) {
  waiting_.push_back({write_beside(path, {bytes}, false), path});
}

void FileBatch::finish() {
  if (waiting_.empty()) return;
  {
    const Descriptor folder(::open(folder_of(waiting_.front().path).c_str(), O_RDONLY | O_CLOEXEC));
    if (folder.get() < 0 || ::syncfs(folder.get()) != 0) fail("syncfs", waiting_.front().path);
  }
  std::set<fs::path> folders;
  while (!waiting_.empty()) {
    const Waiting& file = waiting_.back();
    if (::rename(file.temporary.c_str(), file.path.c_str()) != 0) fail("rename", file.path);
    folders.insert(folder_of(file.path));
    waiting_.pop_back();
  }
  for (const fs::path& folder : folders) sync_path(folder);
}

fs::path shared_folder(const fs::path& project) {
  const char* named = std::getenv("POLYCLINIC_SHARED");
  return named != nullptr && *named != '\0' ? fs::path(named) : project / ".." / "shared";
}

}  // namespace polyclinic
