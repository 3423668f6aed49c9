#pragma once
// Files that come with the program, from whatever folder it is started.
#include <filesystem>

namespace polyclinic {

// `path`, or, where it is relative and not in the current folder, the same path beside `executable` or in a folder
// above it: the shipped models/tiny is found from any folder.
std::filesystem::path beside_program(const std::filesystem::path& path, const std::filesystem::path& executable);

}  // namespace polyclinic
