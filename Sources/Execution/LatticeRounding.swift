import COpenBLAS

/// Rounds the weights of filters so that their currents, not their weights, change least.
///
/// With inputs of covariance H, an error e of a filter's weights costs `eᵀHe`. Weights are rounded
/// one after the other, from the last, each after taking over what the errors so far ask of it:
/// with `H = RᵀR`, R upper triangular,
///
///     K_j = round(w_j + Σ_{k>j} R_jk / R_jj · (w_k - K_k))
///
/// Source: Babai's nearest plane (1986), which is what GPTQ does (Frantar et al. 2022,
/// arXiv 2210.17323).
public struct LatticeRounding: Sendable {
  /// R, `[size × size]`, row-major.
  private let factor: [Float]
  private let size: Int

  /// What is added to every variance, as a part of their mean.
  private static let damping: Float = 0.01
  private static let block = 64

  /// Prepares for inputs of a covariance; few windows count for less, because what they say of
  /// inputs that vary together is mostly chance.
  public init(_ covariance: InputMoments.Covariance) {
    size = covariance.size
    var matrix = covariance.values
    var trace: Float = 0
    for i in 0..<size { trace += max(matrix[i * size + i], 0) }
    let floor = max(trace / Float(size) * LatticeRounding.damping, 1e-12)
    let trust = Float(covariance.windows) / Float(covariance.windows + size)
    for i in 0..<size {
      for j in i + 1..<max(size, i + 1) { matrix[i &* size &+ j] *= trust }
      matrix[i * size + i] = max(matrix[i * size + i], 0) + floor
    }
    LatticeRounding.factorize(&matrix, size)
    factor = matrix
  }

  /// The integers for filters of `weights`, `[rows × size]` in units of an integer.
  ///
  /// - Parameter limit: the largest magnitude of an integer.
  public func rounded(_ weights: [Float], limit: Int) -> [Int32] {
    let rows = weights.count / size
    var errors = [Float](repeating: 0, count: weights.count)
    var result = [Int32](repeating: 0, count: weights.count)
    var carried = [Float](repeating: 0, count: rows)
    for j in (0..<size).reversed() {
      let rest = size - j - 1
      if rest > 0 {
        errors.withUnsafeBufferPointer { errors in
          factor.withUnsafeBufferPointer { factor in
            cblas_sgemv(
              CblasRowMajor, CblasNoTrans, Int32(rows), Int32(rest), 1 / factor[j * size + j],
              errors.baseAddress! + j + 1, Int32(size), factor.baseAddress! + j * size + j + 1, 1,
              0, &carried, 1)
          }
        }
      }
      for row in 0..<rows {
        let at = row &* size &+ j
        let exact = (weights[at] + carried[row]).rounded()
        let integer = min(max(exact, Float(-limit)), Float(limit))
        result[at] = Int32(integer)
        errors[at] = weights[at] - integer
      }
    }
    return result
  }

  /// Cholesky's R in the upper triangle of a positive definite matrix.
  private static func factorize(_ matrix: inout [Float], _ size: Int) {
    matrix.withUnsafeMutableBufferPointer { matrix in
      let a = matrix.baseAddress!
      let stride = Int32(size)
      for start in Swift.stride(from: 0, to: size, by: block) {
        let width = min(block, size - start)
        let corner = a + start * size + start
        factorizeBlock(corner, width, size)
        let rest = size - start - width
        if rest == 0 { continue }
        cblas_strsm(
          CblasRowMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, Int32(width), Int32(rest),
          1, corner, stride, corner + width, stride)
        cblas_ssyrk(
          CblasRowMajor, CblasUpper, CblasTrans, Int32(rest), Int32(width), -1, corner + width,
          stride, 1, corner + width * size + width, stride)
      }
    }
  }

  private static func factorizeBlock(_ a: UnsafeMutablePointer<Float>, _ width: Int, _ stride: Int)
  {
    for i in 0..<width {
      // Rounding can leave a variance that is hardly there below 0.
      let pivot = max(a[i * stride + i], 1e-12).squareRoot()
      a[i * stride + i] = pivot
      for j in i + 1..<max(width, i + 1) { a[i * stride + j] /= pivot }
      for k in i + 1..<max(width, i + 1) {
        let factor = a[i * stride + k]
        for j in k..<width { a[k * stride + j] -= factor * a[i * stride + j] }
      }
    }
  }
}
