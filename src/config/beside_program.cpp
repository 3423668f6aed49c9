#include "config/beside_program.h"

namespace polyclinic {

namespace fs = std::filesystem;

fs::path beside_program(const fs::path& path, const fs::path& executable) {
  std::error_code ignored;
  if (path.empty() || path.is_absolute() || fs::exists(path, ignored)) return path;
  for (fs::path folder = executable.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / path, ignored)) return folder / path;
  }
  return path;
}

}  // namespace polyclinic
