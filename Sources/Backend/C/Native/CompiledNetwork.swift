import SpikeExecution

/// A loaded library with what is needed to read its results.
struct CompiledNetwork: Sendable {
  let library: SharedLibrary
  /// The number of elements of each output.
  let outputs: [Int]
  /// The number of neurons of each spike source.
  let sources: [Int]
  /// Ascending.
  let checkpoints: [Int]

  /// What the library writes for one sample.
  private struct Room {
    var logits: [Double]
    var spikes: [UInt64]
    var operations: [UInt64]
  }

  private var room: Room {
    let counts = [UInt64](repeating: 0, count: sources.count * checkpoints.count)
    return Room(
      logits: [Double](repeating: 0, count: outputs.reduce(0, +) * checkpoints.count),
      spikes: counts, operations: counts)
  }

  /// Runs samples that lie one after the other; gives, per sample, one result per checkpoint.
  func run(_ samples: [Float], numbers: Range<Int>) -> [[SpikingResult]] {
    let length = samples.count / numbers.count
    var room = room
    return library.withState { state in
      samples.withUnsafeBufferPointer { samples in
        numbers.map { number in
          let sample = samples.baseAddress! + (number - numbers.lowerBound) * length
          return run(state, sample, number, &room)
        }
      }
    }
  }

  /// Runs one sample to the only checkpoint and counts the spikes of each neuron.
  func watch(_ sample: [Float], number: Int) -> WatchedSample {
    let neurons = sources.reduce(0, +)
    let counts = UnsafeMutablePointer<Int32>.allocate(capacity: max(neurons, 1))
    counts.initialize(repeating: 0, count: max(neurons, 1))
    defer { counts.deallocate() }
    var places: [UnsafeMutablePointer<Int32>?] = []
    var end = counts
    for size in sources {
      places.append(end)
      end += size
    }
    var room = room
    let result = library.withState { state in
      places.withUnsafeMutableBufferPointer { places in
        library.watch(state, places.baseAddress)
        return run(state, sample, number, &room)[0]
      }
    }
    return WatchedSample(
      values: sample, number: number, result: result,
      counts: zip(places, sources).map { place, size in
        Array(UnsafeBufferPointer(start: place, count: size))
      })
  }

  private func run(
    _ state: UnsafeMutableRawPointer, _ sample: UnsafePointer<Float>, _ number: Int,
    _ room: inout Room
  ) -> [SpikingResult] {
    library.run(
      state, UInt64(number), sample, checkpoints.map(Int32.init), Int32(checkpoints.count),
      &room.logits, &room.spikes, &room.operations)
    return results(room)
  }

  private func results(_ room: Room) -> [SpikingResult] {
    let width = outputs.reduce(0, +)
    return checkpoints.enumerated().map { index, timesteps in
      var start = index * width
      let values = outputs.map { count in
        defer { start += count }
        return Array(room.logits[start..<start + count])
      }
      func counts(_ numbers: [UInt64]) -> [Int] {
        numbers[index * sources.count..<(index + 1) * sources.count].map {
          Int(truncatingIfNeeded: $0)
        }
      }
      return SpikingResult(
        timesteps: timesteps, outputs: values, spikes: counts(room.spikes),
        synapticOperations: counts(room.operations))
    }
  }
}
