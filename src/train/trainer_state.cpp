// A trainer's checkpoint: parameters.safetensors, optimizer.safetensors, state.json; with several phases also
// phases.safetensors.
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "model/safetensors.h"
#include "train/trainer.h"

namespace polyclinic {

void Trainer::save(const std::filesystem::path& folder) const {
  std::map<std::string, at::Tensor> parameters;
  for (std::size_t i = 0; i < network_.store().parameters().size(); ++i) {
    parameters[network_.store().parameters()[i].name] = network_.store().value(i);
  }
  write_safetensors(folder / "parameters.safetensors", parameters, {{"format", "pt"}});
  write_safetensors(folder / "optimizer.safetensors",
                    {{"first_moment", optimizer_.first_moment()}, {"second_moment", optimizer_.second_moment()}});
  nlohmann::json state = {{"step", step_},
                          {"phase", phase_},
                          {"phase_step", phase_step_},
                          {"optimizer_steps", optimizer_.steps()},
                          {"scaler", scaler_.state()},
                          {"early_stopping", early_stopping_.state()},
                          {"sampler", {{"draws", sampler_.state().draws}, {"task_draws", sampler_.state().task_draws}}},
                          {"tokens", tokens_.json()},
                          {"micro_batch_tokens", options_.step.max_tokens}};
  if (several_phases()) {
    state["untrained"] = untrained_;
    state["task_scores"] = task_scores_;
    std::map<std::string, at::Tensor> tensors = {{"best_values", best_values_}};
    if (const at::Tensor elastic = elastic_.state(); elastic.defined()) tensors["elastic"] = elastic;
    write_safetensors(folder / "phases.safetensors", tensors);
  }
  write_file_atomic(folder / "state.json", state.dump(1));
}

void Trainer::load(const std::filesystem::path& folder) {
  load_parameters(network_, folder);
  const auto moments = read_safetensors(folder / "optimizer.safetensors");
  const nlohmann::json state = nlohmann::json::parse(read_file(folder / "state.json"));
  step_ = state.at("step").get<std::int64_t>();
  phase_ = state.at("phase").get<std::size_t>();
  if (!finished()) begin_phase();
  phase_step_ = state.at("phase_step").get<std::int64_t>();
  optimizer_.restore(moments.at("first_moment"), moments.at("second_moment"),
                     state.at("optimizer_steps").get<std::int64_t>());
  scaler_.restore(state.at("scaler"));
  early_stopping_.restore(state.at("early_stopping"));
  sampler_.restore({state.at("sampler").at("draws").get<std::int64_t>(),
                    state.at("sampler").at("task_draws").get<std::vector<std::int64_t>>()});
  // The packs of a resumed run are those of the run: the same bits, also where less memory is free than before.
  options_.step.max_tokens =
      std::min(options_.step.max_tokens, state.value("micro_batch_tokens", options_.step.max_tokens));
  tokens_ = TokenCounts::from(state.at("tokens"), part_names(network_));
  if (!several_phases()) return;
  state.at("untrained").get_to(untrained_);
  state.at("task_scores").get_to(task_scores_);
  const auto tensors = read_safetensors(folder / "phases.safetensors");
  best_values_.copy_(tensors.at("best_values"));
  if (const auto found = tensors.find("elastic"); found != tensors.end()) {
    elastic_.restore(found->second.to(best_values_.device()));
  }
}

void load_parameters(Network& network, const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "parameters.safetensors";
  const auto saved = read_safetensors(file);
  for (std::size_t i = 0; i < network.store().parameters().size(); ++i) {
    const ParameterInfo& info = network.store().parameters()[i];
    const auto found = saved.find(info.name);
    if (found == saved.end() || found->second.sizes() != at::IntArrayRef(info.shape)) {
      throw FailedError("the checkpoint does not fit the network", {file.string(), 0, 0, info.name},
                        "the model, the task or the strategy changed since the run");
    }
    network.store().value(i).copy_(found->second);
  }
  network.store().touch();
}

}  // namespace polyclinic
