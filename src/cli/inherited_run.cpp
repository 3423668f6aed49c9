#include "cli/inherited_run.h"

#include "config/schema.h"
#include "config/study_compose.h"
#include "config/yaml_read.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "store/run_folder.h"
#include "strategy/inherited.h"

namespace polyclinic {

StudyConfig inherit_from_store(RunStore& store, const StudyConfig& study, const RunRecord& wanted,
                               std::string* parent_id) {
  const std::optional<RunRecord> parent = store.best_s3(wanted.model, wanted.seed, wanted.data);
  if (!parent) {
    throw InputError(concat("no finished run of S3a or S3b on ", wanted.model, ", seed ", wanted.seed,
                            " and these data in ", store.results().string()),
                     {.key = "strategy.architecture.inherit_from"}, "run strategy=s3a and strategy=s3b first");
  }
  const RunFolder folder(store.results() / parent->folder);
  const StudyConfig found = decode_study(*read_yaml(read_file(folder.config()), folder.config().string()));
  StudyConfig out = study;
  out.strategy = inherit_strategy(study.strategy, found.strategy);
  *parent_id = parent->id;
  return out;
}

}  // namespace polyclinic
