import SpikeExecution
import SpikeIR

/// The header of the emitted C: sizes, the state, and the functions.
struct CHeader {
  private let plan: CPlan

  private let weights: CWeights

  init(_ plan: CPlan, _ weights: CWeights) {
    self.plan = plan
    self.weights = weights
  }

  private var input: Node { plan.graph[plan.graph.inputs[0]] }

  private var isByte: Bool {
    if case .input(let input) = input.operation { input.values == .byte } else { false }
  }

  private var shape: String {
    input.type.shape.isEmpty ? "1" : input.type.shape.map(String.init).joined(separator: ", ")
  }

  private var outputCount: Int {
    plan.graph.outputs.reduce(0) { $0 + plan.graph[$1].type.count }
  }

  var text: String {
    let name = plan.name
    return """
      /* \(name): a spiking network of integrate-and-fire neurons, in exact integers.
       * Schedule \(plan.schedule.rawValue), \(plan.timesteps) timesteps.
       * Input \(input.type), as the trained network takes it; output \(outputCount) logits.
       *
       *   \(name)_state state;
       *   double logits[\(name)_OUTPUT_COUNT];
       *   \(name)_init(&state, \(weights.fileBytes > 0 ? "weights" : "NULL"));
       *   \(name)_infer(&state, image, logits);
       *
       * All functions are re-entrant: everything that changes is in the state, which the caller
       * owns. Nothing allocates memory. */
      #ifndef \(name)_H
      #define \(name)_H

      #include <stdint.h>

      #ifdef __cplusplus
      extern "C" {
      #endif

      #define \(name)_INPUT_COUNT \(input.type.count)
      #define \(name)_INPUT_SHAPE {\(shape)}
      #define \(name)_INPUT_IS_BYTE \(isByte ? 1 : 0)
      #define \(name)_OUTPUT_COUNT \(outputCount)
      #define \(name)_TIMESTEPS \(plan.timesteps)
      #define \(name)_IS_PIPELINED \(plan.schedule == .pipelined ? 1 : 0)
      #define \(name)_SOURCES \(plan.sources.count)
      /* Bytes of the weight file that \(name)_init takes; 0: the weights are in the program. */
      #define \(name)_WEIGHT_BYTES \(weights.fileBytes)u
      /* The levels of a directly coded image drive this many multiply-accumulates, once. */
      #define \(name)_INPUT_OPERATIONS \(plan.inputOperations)

      /* One element of an image\(isByte ? ": the raw byte" : ", as the trained network takes it"). */
      typedef \(isByte ? "uint8_t" : "float") \(name)_input;

      /* Sees the spikes (layerwise: the counts) of one source after each timestep, some at a time:
       * those of `count` neurons from neuron `first` on. */
      typedef void (*\(name)_observer)(void *context, int source, int timestep,
                                       const int32_t *spikes, int first, int count);

      typedef struct \(name)_state {
        const unsigned char *weights; /* set by \(name)_init */
        uint64_t sample;              /* the image's number, which seeds Poisson coding */
        int32_t timestep;             /* how many timesteps have been run */
        int counts;                   /* set it to fill the two counters below */
        int threads;                  /* with OpenMP: so many share the work of a call; 0 as 1 */
        uint64_t spikes[\(name)_SOURCES + 1];     /* of the last image, by source */
        uint64_t operations[\(name)_SOURCES + 1]; /* synaptic: each spike times its fan-out */
        \(name)_observer observe;     /* called if not NULL */
        void *context;                /* handed to it */
      \(relativeMember)\(memberList)\(arenaMember)} \(name)_state;

      /* The names of what sends spikes, in network order, and whether it is a population (or a
       * coded input or a max-pooling, which sends on some of its operand's spikes). */
      extern const char *const \(name)_source_names[\(name)_SOURCES + 1];
      extern const unsigned char \(name)_source_is_population[\(name)_SOURCES + 1];

      /* Prepares a state. `weights` is the contents of \(name).weights, aligned to 8 bytes; NULL if
       * \(name)_WEIGHT_BYTES is 0. */
      void \(name)_init(\(name)_state *state, const void *weights);

      /* Runs one image of \(name)_INPUT_COUNT elements over all timesteps. */
      void \(name)_infer(\(name)_state *state, const \(name)_input *image, double *logits);
      \(stepwise)
      #ifdef __cplusplus
      }
      #endif
      #endif

      """
  }

  private var memberList: String {
    plan.members.map { "  int32_t \($0.name)[\($0.count)]; /* \($0.note) */\n" }.joined()
  }

  /// Values have their places one over the other; `NAME.c` says where.
  private var arenaMember: String {
    let bytes = plan.arenaBytes
    return """
        union {
          uint8_t u8[\(bytes)];
          int16_t i16[\(bytes / 2)];
          int32_t i32[\(bytes / 4)];
        } arena; /* levels, spikes, counts and currents, which share memory */

      """
  }

  private var relativeMember: String {
    plan.relatives.map { "  double \($0.name)[\($0.count)]; /* the image, 0 to 1 */\n" }.joined()
  }

  /// The levels that the ranges are proven for.
  private var levels: (low: Int, high: Int) {
    for node in plan.graph.nodes {
      if case .encode(let encode) = node.operation, encode.coding == .direct {
        return (encode.low, encode.high)
      }
    }
    return (0, 1)
  }

  private var stepwise: String {
    guard plan.schedule == .pipelined else { return "" }
    let name = plan.name
    return """

      /* The same step by step. \(name)_begin starts an image; each \(name)_step runs one timestep,
       * of which there can be \(name)_TIMESTEPS; \(name)_run runs several, which is
       * faster than one after the other; \(name)_read gives the logits so far, at least one
       * step later. */
      void \(name)_begin(\(name)_state *state, const \(name)_input *image);
      void \(name)_step(\(name)_state *state);
      void \(name)_run(\(name)_state *state, int32_t timesteps);
      void \(name)_read(const \(name)_state *state, double *logits);

      /* For event data: begins without an image, then steps on the given input levels (spikes),
       * \(name)_INPUT_COUNT of them, each from \(name)_LEVEL_LOW to \(name)_LEVEL_HIGH. */
      #define \(name)_LEVEL_LOW (\(levels.low))
      #define \(name)_LEVEL_HIGH \(levels.high)
      void \(name)_begin_events(\(name)_state *state);
      void \(name)_step_events(\(name)_state *state, const int32_t *levels);

      """
  }
}
