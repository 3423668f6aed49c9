#pragma once
// Files are read whole and written whole or not at all.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

// Bytes of a file. InputError when it cannot be read.
std::string read_file(const std::filesystem::path& path);

// Writes to a temporary file beside `path`, fsyncs it, renames it and fsyncs the folder. FailedError when that cannot
// be done; then `path` is as it was. Makes the folder when it is absent.
void write_file_atomic(const std::filesystem::path& path, std::string_view bytes);
// The same for bytes that lie in several places (large tensors), one after the other.
void write_file_atomic(const std::filesystem::path& path, const std::vector<std::string_view>& parts);

// Many small files at the price of one: put() writes beside each file's place, finish() syncs their file system once
// and then renames all. Until then, and without finish(), every file is as it was.
class FileBatch {
 public:
  FileBatch() = default;
  FileBatch(const FileBatch&) = delete;
  FileBatch& operator=(const FileBatch&) = delete;
  ~FileBatch();  // removes what was not finished
  void put(const std::filesystem::path& path, std::string_view bytes);
  void finish();  // once, after the last put

 private:
  struct Waiting {
    std::string temporary;
    std::filesystem::path path;
  };
  std::vector<Waiting> waiting_;
};

// fsync of a file or folder; FailedError on failure.
void sync_path(const std::filesystem::path& path);

// Removes a folder and all that is in it; links are removed and not followed. What cannot be removed stays, without a
// word. In place of std::filesystem::remove_all, which crashed where program and libstdc++ came from different
// compilers.
void remove_folder(const std::filesystem::path& folder);

// The folder with public test data: environment variable POLYCLINIC_SHARED, by default ../shared beside `project`.
std::filesystem::path shared_folder(const std::filesystem::path& project);

}  // namespace polyclinic
