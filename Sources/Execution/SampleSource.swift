/// Inputs of a network, as its graph takes them: one row of floats a sample.
public protocol SampleSource: Sendable {
  /// The number of samples.
  var count: Int { get }
  /// The number of elements of a sample.
  var elementCount: Int { get }
  /// Whether every element is a whole number from 0 to 255, as in 8-bit images.
  var isByte: Bool { get }
  /// The samples of a range, one after the other, as `range.count * elementCount` floats.
  func read(_ range: Range<Int>) -> [Float]
}

extension SampleSource {
  /// The first samples, at most so many.
  public func prefix(_ most: Int) -> FloatSamples {
    let part = min(most, count)
    return FloatSamples(read(0..<part), count: part)
  }
}

/// Samples held in memory.
public struct FloatSamples: SampleSource {
  public let count: Int
  public let elementCount: Int
  public let isByte = false
  private let values: [Float]

  /// `values` holds `count` samples, one after the other.
  public init(_ values: [Float], count: Int) {
    precondition(count > 0 && values.count % count == 0, "values do not fill the samples")
    self.values = values
    self.count = count
    elementCount = values.count / count
  }

  public func read(_ range: Range<Int>) -> [Float] {
    Array(values[range.lowerBound * elementCount..<range.upperBound * elementCount])
  }
}

/// Some of another source's samples, as they are there.
public struct SamplePart: SampleSource {
  public let count: Int
  public var elementCount: Int { whole.elementCount }
  public var isByte: Bool { whole.isByte }
  private let whole: any SampleSource
  private let start: Int

  /// The samples of `range`, which lies within `whole`.
  public init(_ whole: any SampleSource, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= whole.count, "no such samples")
    self.whole = whole
    start = range.lowerBound
    count = range.count
  }

  public func read(_ range: Range<Int>) -> [Float] {
    whole.read(start + range.lowerBound..<start + range.upperBound)
  }
}
