import Foundation

extension Int {
  /// The number with a comma between groups of three digits.
  public var grouped: String {
    let digits = Array(String(magnitude))
    var result = ""
    for (i, digit) in digits.enumerated() {
      if i > 0 && (digits.count - i) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return self < 0 ? "-" + result : result
  }
}

extension Double {
  /// The number with a fixed number of digits behind the point.
  public func fixed(_ digits: Int) -> String {
    isFinite ? String(format: "%.\(digits)f", self) : "\(self)"
  }
}
