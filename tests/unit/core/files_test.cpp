#include "core/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace polyclinic {

TEST(Files, WritesWholeFilesAndLeavesNoTemporary) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "deep" / "file.bin";
  write_file_atomic(path, std::string_view("a\0b", 3));
  write_file_atomic(path, "second");
  EXPECT_EQ(read_file(path), "second");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path())) files += entry.is_regular_file();
  EXPECT_EQ(files, 1);
}

TEST(FileBatch, ShowsNoFileBeforeAllAreWrittenAndLeavesNoTemporary) {
  const TemporaryFolder folder;
  const auto count = [&] {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
      files += entry.is_regular_file();
    return files;
  };
  write_file_atomic(folder.path() / "a", "old");
  {
    FileBatch forgotten;
    forgotten.put(folder.path() / "a", "new");
    forgotten.put(folder.path() / "deep" / "b", "b");
    EXPECT_EQ(read_file(folder.path() / "a"), "old");
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "deep" / "b"));
  }
  EXPECT_EQ(count(), 1);
  FileBatch files;
  files.put(folder.path() / "a", "new");
  files.put(folder.path() / "deep" / "b", "b");
  files.finish();
  EXPECT_EQ(read_file(folder.path() / "a"), "new");
  EXPECT_EQ(read_file(folder.path() / "deep" / "b"), "b");
  EXPECT_EQ(count(), 2);
}

TEST(Files, ReadsWhatTellsNoSize) {
  EXPECT_NE(read_file("/proc/self/status").find("VmRSS"), std::string::npos);
  EXPECT_EQ(read_file("/dev/null"), "");
  const TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string sent(1000003, 'x');
  std::thread writer([&] { std::ofstream(pipe) << sent; });
  EXPECT_EQ(read_file(pipe), sent);
  writer.join();
}

TEST(Files, NamesTheFileThatCannotBeRead) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_file(folder.path()), InputError);
  try {
    read_file(folder.path() / "absent.txt");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("absent.txt: cannot be read: No such file"), std::string::npos)
        << error.what();
  }
}

TEST(Files, RemovesAFolderAndFollowsNoLink) {
  const TemporaryFolder folder;
  const auto outside = folder.path() / "outside" / "kept.txt", inside = folder.path() / "inside";
  write_file_atomic(outside, "kept");
  write_file_atomic(inside / "a" / "b" / "file.txt", "gone");
  std::filesystem::create_directory_symlink(outside.parent_path(), inside / "a" / "link");
  remove_folder(inside);
  EXPECT_FALSE(std::filesystem::exists(inside));
  EXPECT_EQ(read_file(outside), "kept");
  remove_folder(folder.path() / "absent");
}

TEST(Files, FailsWithoutTouchingTheTarget) { EXPECT_THROW(write_file_atomic("/proc/no/such/file", "x"), FailedError); }

}  // namespace polyclinic
