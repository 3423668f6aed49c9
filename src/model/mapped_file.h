#pragma once
// A whole file in memory, read as pages are touched. Writes to the pages stay private to the process.
#include <cstddef>
#include <filesystem>
#include <string_view>

namespace polyclinic {

class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);  // InputError when it cannot be read
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }
  void* data() const { return data_; }
  // The pages that lie wholly between the two offsets leave memory until they are read again; what was written there is
  // lost.
  void release(std::size_t begin, std::size_t end) const;

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace polyclinic
