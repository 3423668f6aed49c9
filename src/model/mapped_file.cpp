#include "model/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto fail = [&](int descriptor) {
    const std::string cause = std::strerror(errno);
    if (descriptor >= 0) ::close(descriptor);
    throw InputError(concat("cannot be read: ", cause), {.file = path.string()});
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(file);
  struct stat status = {};
  if (::fstat(file, &status) != 0) fail(file);
  if (!S_ISREG(status.st_mode)) {
    errno = EISDIR;
    fail(file);
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ > 0) {
    // Private and writable: an operation in place on a weight must not take the process down.
    data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0);
    if (data_ == MAP_FAILED) fail(file);
  }
  ::close(file);
}

void MappedFile::release(std::size_t begin, std::size_t end) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  begin = (begin + page - 1) / page * page;
  end = std::min(end, size_) / page * page;
  if (begin < end) ::madvise(static_cast<char*>(data_) + begin, end - begin, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace polyclinic
