#include "store/checkpoint_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {
namespace fs = std::filesystem;

auto writes(const std::string& text) {
  return [text](const fs::path& folder) {
    write_file_atomic(folder / "adapter.safetensors", text);
    write_file_atomic(folder / "state" / "optimizer.bin", text + text);
  };
}

std::vector<std::int64_t> steps(const CheckpointSet& set) {
  std::vector<std::int64_t> out;
  for (const Checkpoint& checkpoint : set.all()) out.push_back(checkpoint.step);
  return out;
}

TEST(CheckpointSet, KeepsTheLastAndTheBest) {
  const TemporaryFolder folder;
  CheckpointSet set(folder.path() / "checkpoints", 2);
  EXPECT_FALSE(set.newest());
  set.commit(10, writes("a"));
  set.commit(20, writes("b"), true);
  set.commit(30, writes("c"));
  set.commit(40, writes("d"));
  EXPECT_THAT(steps(set), testing::ElementsAre(20, 30, 40));
  EXPECT_EQ(set.newest()->step, 40);
  EXPECT_EQ(set.best()->step, 20);
  EXPECT_EQ(read_file(set.newest()->folder / "state" / "optimizer.bin"), "dd");
  EXPECT_EQ(read_file(folder.path() / "checkpoints" / "latest"), "step-00000040\n");
  set.commit(50, writes("e"), true);
  EXPECT_THAT(steps(set), testing::ElementsAre(40, 50));
}

TEST(CheckpointSet, AWriterThatFailsChangesNothing) {
  const TemporaryFolder folder;
  CheckpointSet set(folder.path(), 2);
  set.commit(10, writes("a"));
  const auto failing = [](const fs::path& to) {
    write_file_atomic(to / "adapter.safetensors", "half");
    throw std::runtime_error("disk full");
  };
  EXPECT_THROW(set.commit(20, failing), std::runtime_error);
  EXPECT_THROW(set.commit(10, failing), std::runtime_error);
  EXPECT_THAT(steps(set), testing::ElementsAre(10));
  EXPECT_EQ(read_file(set.newest()->folder / "adapter.safetensors"), "a");
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
  }
}

TEST(CheckpointSet, TheSameStepIsReplaced) {
  const TemporaryFolder folder;
  CheckpointSet set(folder.path(), 2);
  set.commit(10, writes("a"));
  set.commit(10, writes("b"));
  EXPECT_THAT(steps(set), testing::ElementsAre(10));
  EXPECT_EQ(read_file(set.newest()->folder / "adapter.safetensors"), "b");
}

TEST(CheckpointSet, IncompleteOnesDoNotCount) {
  const TemporaryFolder folder;
  CheckpointSet set(folder.path(), 5);
  set.commit(10, writes("a"));
  const Checkpoint cut = set.commit(20, writes("b")), lacking = set.commit(30, writes("c"));
  const Checkpoint without = set.commit(40, writes("d"));
  fs::resize_file(cut.folder / "state" / "optimizer.bin", 1);
  fs::remove(lacking.folder / "adapter.safetensors");
  fs::remove(without.folder / "complete.json");
  EXPECT_THAT(steps(set), testing::ElementsAre(10));
  EXPECT_EQ(set.newest()->step, 10);
  set.clean();
  EXPECT_FALSE(fs::exists(cut.folder));
  EXPECT_FALSE(fs::exists(lacking.folder));
  EXPECT_TRUE(fs::exists(folder.path() / "step-00000010"));
}

// A process killed while it writes its n-th file leaves the checkpoint before, whole.
TEST(CheckpointSet, AKilledWriterLeavesTheOneBefore) {
  const TemporaryFolder folder;
  CheckpointSet set(folder.path(), 2);
  set.commit(10, writes("a"));
  for (int killed_at = 0; killed_at < 3; ++killed_at) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      set.commit(20, [&](const fs::path& to) {
        for (int i = 0; i < 3; ++i) {
          std::ofstream(to / std::to_string(i)) << "some bytes" << std::flush;
          if (i == killed_at) ::kill(::getpid(), SIGKILL);
        }
      });
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_THAT(steps(set), testing::ElementsAre(10));
  }
  set.clean();
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder.path())) ++entries;
  EXPECT_EQ(entries, 2u);  // step-00000010 and latest
}

}  // namespace
}  // namespace polyclinic
