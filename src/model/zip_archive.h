#pragma once
// The members of a zip archive whose members are stored, not compressed (as torch.save writes them), zip64 included.
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace polyclinic {

// Name -> the member's bytes, which look into `bytes` (the whole archive). InputError when it is no such archive.
std::map<std::string, std::string_view> parse_zip(std::string_view bytes, const std::filesystem::path& file);

}  // namespace polyclinic
