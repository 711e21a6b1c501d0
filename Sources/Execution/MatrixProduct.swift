import COpenBLAS

/// Numbers whose matrices OpenBLAS multiplies.
protocol MatrixElement: Numeric, Sendable {
  /// Adds `a · bᵀ` to `c`, with `a` `[rows × depth]`, `b` `[columns × depth]` and `c`
  /// `[rows × columns]`, all row-major; the rows of `c` begin `pitch` apart.
  static func addProduct(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>,
    to c: UnsafeMutablePointer<Self>, pitch: Int)
}

extension Float: MatrixElement {
  static func addProduct(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    to c: UnsafeMutablePointer<Float>, pitch: Int
  ) {
    _ = singleThreadedBLAS
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(columns), Int32(depth), 1,
      a, Int32(depth), b, Int32(depth), 1, c, Int32(pitch))
  }
}

extension Double: MatrixElement {
  static func addProduct(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    to c: UnsafeMutablePointer<Double>, pitch: Int
  ) {
    _ = singleThreadedBLAS
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(columns), Int32(depth), 1,
      a, Int32(depth), b, Int32(depth), 1, c, Int32(pitch))
  }
}

/// Samples are spread over the cores already. Set once: OpenBLAS does not promise that its global
/// settings may change while other threads compute.
private let singleThreadedBLAS: Void = openblas_set_num_threads(1)
