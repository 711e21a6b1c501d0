import CHDF5

/// Reads `count` strings of the string type `type`, through `read(memoryType, buffer)`.
///
/// - Throws: ``HDF5Error`` where libhdf5 cannot read them.
func readStrings(
  _ type: hid_t, space: hid_t, count: Int, at location: Location,
  read: (hid_t, UnsafeMutableRawPointer) -> herr_t
) throws -> [String] {
  guard count > 0 else { return [] }
  let elementType = HDF5ElementType(type)
  guard elementType.kind == .variableString else {
    return try readFixedStrings(
      type, byteCount: elementType.byteCount, count: count, at: location, read: read)
  }
  let memory = Handle(spikec_h5_variable_string(H5Tget_cset(type), H5Tget_strpad(type)))
  guard let memory else { throw location.failure("its string type is corrupt") }
  let pointers = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: count)
  pointers.initialize(repeating: nil)
  defer { pointers.deallocate() }
  guard read(memory.id, pointers.baseAddress!) >= 0 else {
    throw location.failure("its strings cannot be read: corrupt file")
  }
  defer { H5Dvlen_reclaim(memory.id, space, spikec_h5_default(), pointers.baseAddress!) }
  return pointers.map { $0.map { String(cString: $0) } ?? "" }
}

private func readFixedStrings(
  _ type: hid_t, byteCount: Int, count: Int, at location: Location,
  read: (hid_t, UnsafeMutableRawPointer) -> herr_t
) throws -> [String] {
  let (total, overflow) = byteCount.multipliedReportingOverflow(by: count)
  guard byteCount > 0, !overflow else { throw location.error("its string type is corrupt") }
  var bytes = [UInt8](repeating: 0, count: total)
  guard bytes.withUnsafeMutableBytes({ read(type, $0.baseAddress!) }) >= 0 else {
    throw location.failure("its strings cannot be read: corrupt file")
  }
  let isSpacePadded = H5Tget_strpad(type) == H5T_STR_SPACEPAD
  return stride(from: 0, to: total, by: byteCount).map { start in
    var text = bytes[start..<start + byteCount].prefix { $0 != 0 }
    while isSpacePadded, text.last == UInt8(ascii: " ") { text.removeLast() }
    return String(decoding: text, as: UTF8.self)
  }
}
