import SpikeExecution
import SpikeIR

/// The functions of the emitted C.
struct CBody {
  private let plan: CPlan
  private let graph: Graph
  private let name: String
  private let statements: CStatements

  init(_ plan: CPlan, _ weights: CWeights) {
    self.plan = plan
    graph = plan.graph
    name = plan.name
    statements = CStatements(plan, weights)
  }

  var text: String {
    var text = """
      /* Emitted by spikec. See \(name).h. */
      #include "\(name).h"

      #define SPIKEC_MAX_TAPS \(plan.largestKernel)
      #include "spikec_kernels.h"\(neurons)
      #include "\(name)_weights.h"

      \(sourceTables)
      \(statements.windows)
      \(places)
      void \(name)_init(\(name)_state *state, const void *weights) {
        memset(state, 0, sizeof *state);
        state->weights = weights;
      }


      """
    if usesSource { text += note }
    text += reset
    switch plan.schedule {
    case .layerwise: text += layerwise
    case .pipelined: text += pipelined
    }
    return text
  }

  /// The kernels of neurons that are not the generic ones, where there are some.
  private var neurons: String {
    plan.hasOtherNeurons ? "\n#include \"spikec_neurons.h\"" : ""
  }

  private var usesSource: Bool { !plan.sources.isEmpty }

  private var sourceTables: String {
    let names = plan.sources.map { "\"\(CNames.identifier($0.name))\", " }.joined()
    let kinds = plan.sources.map { $0.kind == .population ? "1, " : "0, " }.joined()
    return """
      const char *const \(name)_source_names[\(name)_SOURCES + 1] = {\(names)""};
      const unsigned char \(name)_source_is_population[\(name)_SOURCES + 1] = {\(kinds)0};

      """
  }

  /// Where values live.
  private var places: String {
    let lines = plan.values.map {
      "#define \($0.name)(state) ((state)->arena.\($0.type.suffix) + \($0.offset)) /* \($0.note) */\n"
    }
    return "/* Values share memory: each has its place until its last use. */\n" + lines.joined()
  }

  /// Counts and shows what a source sent, for each type that sources have.
  private var note: String {
    let used = Set(plan.sources.map { plan.types[$0.node] })
    return used.sorted().map(note).joined()
  }

  /// Threads share what there is to count, and need not wait for each other: they do before a value
  /// gives way to another one. An observer is called by one of them.
  private func note(_ type: CType) -> String {
    let count = type == .u8 ? "spikec_count_bytes" : "spikec_count_\(type.suffix)"
    return """
      static void note_\(type.suffix)(\(name)_state *state, int source, const \(type.name) *values,
                       int32_t count, const uint32_t *fan_out, int32_t run) {
        if (state->counts) {
          const spikec_part part = spikec_part_of_runs(count, run, spikec_thread());
          uint64_t spikes = 0, operations = 0;
          \(count)(values + part.first, part.size, fan_out + part.first / run, run, &spikes,
            &operations);
          SPIKEC_ATOMIC state->spikes[source] += spikes;
          SPIKEC_ATOMIC state->operations[source] += operations;
        }
        if (!state->observe || spikec_thread() != 0) return;
        int32_t some[64];
        for (int32_t first = 0; first < count; first += 64) {
          const int32_t size = count - first < 64 ? count - first : 64;
          for (int32_t i = 0; i < size; ++i) some[i] = values[first + i];
          state->observe(state->context, source, state->timestep, some, first, size);
        }
      }


      """
  }

  private var reset: String {
    var lines = [
      "memset(state->spikes, 0, sizeof state->spikes);",
      "memset(state->operations, 0, sizeof state->operations);",
      "state->timestep = 0;",
    ]
    for node in graph.nodes { lines += statements.reset(node) }
    return function("static void reset(\(name)_state *state)", lines)
  }

  private var layerwise: String {
    var lines = ["reset(state);", "state->timestep = \(plan.timesteps);"]
    lines += threads(graph.nodes.flatMap { statements.evaluateAll($0, .all) })
    lines += statements.logits(timesteps: "\(plan.timesteps)")
    return function(
      "void \(name)_infer(\(name)_state *state, const \(name)_input *image, double *logits)", lines)
  }

  private var pipelined: String {
    let state = "\(name)_state *state"
    let image = "const \(name)_input *image"
    let constantNodes = graph.nodes.filter { plan.constants.contains($0.id) && !isInput($0) }
    let steadyNodes = graph.nodes.filter { !plan.constants.contains($0.id) }
    var text = function(
      "static void evaluate_constant(\(state))",
      ["(void)state;"] + threads(constantNodes.flatMap { statements.evaluateAll($0, .one) }))
    text += function(
      "static void evaluate(\(state), int32_t steps)",
      threads(steadyNodes.filter { !isInput($0) }.flatMap(statements.evaluateBlock)))
    text += function(
      "void \(name)_begin(\(state), \(image))",
      ["reset(state);"] + graph.nodes.filter(isInput).flatMap(statements.begin)
        + ["evaluate_constant(state);"])
    text += function(
      "void \(name)_run(\(state), int32_t timesteps)",
      [
        "while (timesteps > 0) {",
        "  /* An observer sees all sources at a timestep before the next one. */",
        "  const int32_t most = state->observe ? 1 : \(plan.block);",
        "  const int32_t steps = timesteps < most ? timesteps : most;",
        "  state->timestep += steps;",
        "  timesteps -= steps;",
      ] + threads(graph.nodes.filter(isInput).flatMap(statements.code)).map { "  " + $0 } + [
        "  evaluate(state, steps);", "}",
      ])
    text += function("void \(name)_step(\(state))", ["\(name)_run(state, 1);"])
    text += function("void \(name)_begin_events(\(state))", ["reset(state);"])
    text += function(
      "void \(name)_step_events(\(state), const int32_t *levels)",
      ["const int32_t steps = 1;", "++state->timestep;"]
        + threads(graph.nodes.filter(isInput).flatMap(statements.takeLevels))
        + ["evaluate_constant(state);", "evaluate(state, steps);"])
    text += function(
      "void \(name)_read(const \(state), double *logits)",
      statements.logits(timesteps: "state->timestep"))
    text += function(
      "void \(name)_infer(\(state), \(image), double *logits)",
      [
        "\(name)_begin(state, image);",
        "\(name)_run(state, \(plan.timesteps));",
        "\(name)_read(state, logits);",
      ])
    return text
  }

  /// Statements that threads share.
  private func threads(_ lines: [String]) -> [String] {
    guard !lines.isEmpty else { return [] }
    return ["SPIKEC_THREADS(state->threads) {"] + lines.map { "  " + $0 } + ["}"]
  }

  private func isInput(_ node: Node) -> Bool {
    if case .encode = node.operation { true } else { false }
  }

  private func function(_ signature: String, _ lines: [String]) -> String {
    "\(signature) {\n" + lines.map { "  \($0)\n" }.joined() + "}\n\n"
  }
}
