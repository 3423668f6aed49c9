#include "store/run_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "core/error.h"
#include "core/files.h"
#include "store/identity.h"
#include "store/process_mark.h"
#include "store/sha256.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

RunRecord record(const std::string& what, const std::string& strategy = "S2") {
  RunRecord run;
  run.identity = sha256(what);
  run.id = run_id(run.identity);
  run.name = what;
  run.model = "tiny";
  run.strategy = strategy;
  run.seed = "1";
  run.data = {{"ner", "aa"}, {"relations", "bb"}};
  run.folder = run.id;
  return run;
}

void finish(RunStore& store, RunRecord run, double score, std::int64_t tokens = 0) {
  store.begin(run);
  run.status = RunStatus::finished;
  run.score = score;
  run.tokens = {{"ner", {tokens, tokens / 2, tokens}}, {"relations", {tokens, 1, 2 * tokens}}};
  run.metrics = {{"ner", {{"primary", "f1"}, {"f1", score}}}};
  store.update(run);
}

// Runs `work` in another process and waits for it.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 99;
    try {
      code = work();
    } catch (...) {
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(RunStore, ARecordComesBackWhole) {
  const TemporaryFolder results;
  RunStore store(results.path(), [] { return std::string("2026-11-24T07:00:00Z"); });
  RunRecord run = record("one");
  run.parameters_active = 5;
  run.parameters_total = 9;
  EXPECT_EQ(store.begin(run), Claim::fresh);
  EXPECT_EQ(store.find(run.identity)->status, RunStatus::running);
  EXPECT_EQ(store.find(run.identity)->ended, "");
  run.status = RunStatus::failed;
  run.reason = "loss is not a number at step 3";
  run.tokens = {{"ner", {10, 4, 20}}, {"relations", {1, 1, 2}}};
  run.details = {{"dev", 0.25}, {"token_control", {{"budget", 100}}}};
  store.update(run);
  const RunRecord back = store.find(run.identity).value();
  EXPECT_EQ(back.reason, run.reason);
  EXPECT_EQ(back.status, RunStatus::failed);
  EXPECT_EQ(back.ended, "2026-11-24T07:00:00Z");
  EXPECT_EQ(back.data, run.data);
  EXPECT_EQ(back.tokens, run.tokens);
  EXPECT_EQ(back.total_tokens(), (RunTokens{11, 5, 22}));
  EXPECT_EQ(back.parameters_total, 9);
  EXPECT_EQ(back.details, run.details);
  EXPECT_EQ(back.detail("dev"), 0.25);
  EXPECT_FALSE(back.detail("token_control"));
  EXPECT_FALSE(back.detail("steps"));
  EXPECT_FALSE(back.score);
  EXPECT_FALSE(store.find("no such identity"));
  EXPECT_THROW(store.update(record("never begun")), FailedError);
}

// The table of the first version, made by hand.
TEST(RunStore, AStoreOfVersion1IsCarriedOver) {
  const TemporaryFolder results;
  {
    const Database old(results.path() / "polyclinic.sqlite");
    old.run(
        "CREATE TABLE runs(identity TEXT PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, model TEXT NOT NULL, "
        "strategy TEXT NOT NULL, seed TEXT NOT NULL, data TEXT NOT NULL, status TEXT NOT NULL, started TEXT NOT NULL, "
        "ended TEXT NOT NULL, reason TEXT NOT NULL, folder TEXT NOT NULL, score REAL, metrics TEXT NOT NULL, "
        "tokens TEXT NOT NULL, parameters_active INTEGER NOT NULL, parameters_total INTEGER NOT NULL, process TEXT NOT "
        "NULL)");
    old.run(
        "CREATE TABLE content(path TEXT PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL, sha256 TEXT)");
    old.run(
        "INSERT INTO runs VALUES('abcd1234', 'abcd', 'old', 'tiny', 'S1', '1', '{}', 'finished', 't', 't', '', 'abcd', "
        "0.5, '{}', '{}', 1, 2, 'p')");
    old.run("PRAGMA user_version = 1");
  }
  RunStore store(results.path());
  EXPECT_EQ(store.resolve("abcd1234").parameters_total, 2);
  EXPECT_TRUE(store.resolve("abcd1234").details.empty());
  finish(store, record("new"), 0.5);
  EXPECT_EQ(RunStore(results.path()).list().size(), 2);
}

TEST(RunStore, ClaimsFollowTheStatus) {
  const TemporaryFolder results;
  RunStore store(results.path());
  RunRecord run = record("one");
  EXPECT_EQ(store.begin(run), Claim::fresh);
  EXPECT_EQ(store.begin(run), Claim::busy);  // this process lives
  run.status = RunStatus::stopped;
  store.update(run);
  EXPECT_EQ(store.begin(run), Claim::resumed);
  run.status = RunStatus::failed;
  store.update(run);
  EXPECT_EQ(store.begin(run), Claim::failed);
  EXPECT_EQ(store.begin(run, true), Claim::resumed);
  run.status = RunStatus::finished;
  store.update(run);
  EXPECT_EQ(store.begin(run, true), Claim::finished);
}

TEST(RunStore, ARunOfADeadProcessIsResumed) {
  const TemporaryFolder results;
  ASSERT_EQ(in_child([&] { return RunStore(results.path()).begin(record("one")) == Claim::fresh ? 0 : 1; }), 0);
  RunStore store(results.path());
  EXPECT_EQ(store.find(record("one").identity)->status, RunStatus::running);
  EXPECT_EQ(store.begin(record("one")), Claim::resumed);
}

TEST(RunStore, ProcessesShareOneStore) {
  const TemporaryFolder results;
  constexpr int processes = 4, runs = 25;
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int claimed = 0;
      try {
        RunStore store(results.path());
        for (int i = 0; i < runs; ++i) {
          const RunRecord run = record("run " + std::to_string(i));
          const Claim claim = store.begin(run);
          if (claim != Claim::fresh && claim != Claim::resumed) continue;
          ++claimed;
          finish(store, record("own " + std::to_string(p) + " " + std::to_string(i)), 0.5);
        }
        ::_exit(claimed);
      } catch (...) {
        ::_exit(99);
      }
    }
    children.push_back(child);
  }
  int total = 0;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(WEXITSTATUS(status), 99);
    total += WEXITSTATUS(status);
  }
  // Each shared run was claimed; a claim of a process that has ended may be taken over.
  EXPECT_GE(total, runs);
  const Database database(results.path() / "polyclinic.sqlite");
  Statement check = database.prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check.step());
  EXPECT_EQ(check.text(0), "ok");
  std::set<std::string> identities;
  for (const RunRecord& run : RunStore(results.path()).list()) identities.insert(run.identity);
  EXPECT_EQ(identities.size(), static_cast<std::size_t>(runs + total));
}

TEST(RunStore, BestS3IsThatOfTheSameModelSeedAndData) {
  const TemporaryFolder results;
  RunStore store(results.path());
  const auto with_dev = [](RunRecord run, double dev) {
    run.details["dev"] = dev;
    return run;
  };
  finish(store, with_dev(record("a", "S3a"), 0.6), 0.8);  // better on test, which must not choose
  finish(store, with_dev(record("b", "S3b"), 0.7), 0.5);
  finish(store, with_dev(record("c", "S2"), 0.9), 0.9);
  RunRecord other_seed = record("d", "S3a"), other_data = record("e", "S3a"), unfinished = record("f", "S3a");
  for (RunRecord* run : {&other_seed, &other_data, &unfinished}) run->details["dev"] = 0.95;
  other_seed.seed = "2";
  other_data.data = {{"ner", "aa"}};
  finish(store, other_seed, 0.95);
  finish(store, other_data, 0.96);
  unfinished.score = 0.99;
  store.begin(unfinished);
  EXPECT_EQ(store.best_s3("tiny", "1", record("").data)->name, "b");
  EXPECT_EQ(store.best_s3("tiny", "2", record("").data)->name, "d");
  EXPECT_FALSE(store.best_s3("large", "1", record("").data));
}

TEST(RunStore, ASingleTaskFindsTheBudgetOfTheRunThatHoldsIt) {
  const TemporaryFolder results;
  RunStore store(results.path());
  finish(store, record("b", "S3b"), 0.7, 1000);
  EXPECT_EQ(store.matching("S3b", "tiny", "1", {{"ner", "aa"}})->total_tokens().fed, 2000);
  EXPECT_FALSE(store.matching("S3b", "tiny", "1", {{"ner", "changed"}}));
  EXPECT_FALSE(store.matching("S3a", "tiny", "1", {{"ner", "aa"}}));
}

TEST(RunStore, RunsAreFoundByIdAndByName) {
  const TemporaryFolder results;
  RunStore store(results.path());
  finish(store, record("first"), 0.1);
  finish(store, record("second", "S1"), 0.2);
  EXPECT_EQ(store.resolve(record("first").identity.substr(0, 6)).name, "first");
  EXPECT_EQ(store.resolve("second").id, record("second").id);
  EXPECT_THROW(store.resolve("third"), InputError);
  EXPECT_EQ(store.list({.strategy = "S1"}).size(), 1u);
  EXPECT_EQ(store.list({.task = "ner"}).size(), 2u);
  EXPECT_EQ(store.list({.status = "running"}).size(), 0u);
  EXPECT_THROW(store.list({.status = "done"}), InputError);
}

TEST(RunStore, ContentHashesFollowTheContent) {
  const TemporaryFolder results, data;
  RunStore store(results.path());
  write_file_atomic(data.path() / "a.txt", "abc");
  EXPECT_EQ(store.content_hash(data.path() / "a.txt"), sha256("abc"));
  EXPECT_EQ(store.content_hash(data.path() / "a.txt"), sha256("abc"));
  const std::string one = store.content_hash(data.path());
  EXPECT_EQ(one, sha256("a.txt\t" + sha256("abc") + "\n"));
  write_file_atomic(data.path() / "a.txt", "abd");
  EXPECT_EQ(store.content_hash(data.path() / "a.txt"), sha256("abd"));
  EXPECT_NE(store.content_hash(data.path()), one);
  EXPECT_THROW(store.content_hash(data.path() / "absent"), InputError);
}

TEST(RunStore, AFileThatIsNoStoreAndANewerStoreAreRefused) {
  const TemporaryFolder results, newer;
  write_file_atomic(results.path() / "polyclinic.sqlite", std::string(4096, 'x'));
  EXPECT_THROW(RunStore{results.path()}, InputError);
  { RunStore made(newer.path()); }
  Database(newer.path() / "polyclinic.sqlite").run("PRAGMA user_version = 99");
  EXPECT_THROW(RunStore{newer.path()}, InputError);
}

TEST(ProcessMark, KnowsTheLivingFromTheDead) {
  EXPECT_TRUE(is_alive(this_process()));
  const TemporaryFolder folder;
  ASSERT_EQ(in_child([&] {
              write_file_atomic(folder.path() / "mark", this_process());
              return 0;
            }),
            0);
  EXPECT_FALSE(is_alive(read_file(folder.path() / "mark")));
  EXPECT_TRUE(is_alive("another-machine/boot 1 2"));
}

}  // namespace
}  // namespace polyclinic
