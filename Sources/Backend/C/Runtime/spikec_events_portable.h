/* The parts of an event-driven synapse in plain C; see spikec_events.h. */

/* Appends the events of a pixel of `count` levels, which are numbered from `first` on. */
SPIKEC_TARGET SPIKEC_INLINE int32_t SPIKEC_KERNEL(spikec_event_list)(const uint8_t *level,
                                                                     int32_t count, int32_t first,
                                                                     int32_t most, uint16_t *list) {
  int32_t length = 0;
  for (int32_t i = 0; i < count; ++i) {
    /* Written in any case, so that there is nothing to predict. */
    list[length] = (uint16_t)(first + i);
    length += level[i] != 0;
    if (most == 1) continue;
    for (int32_t n = 1; n < level[i]; ++n) list[length++] = (uint16_t)(first + i);
  }
  return length;
}

/* Copies a piece of a list with all its numbers shifted; may write beyond the end. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_copy)(const uint16_t *from,
                                                                  uint16_t *to, int32_t count,
                                                                  uint16_t shift) {
  for (int32_t i = 0; i < count; ++i) to[i] = (uint16_t)(from[i] + shift);
}

/* The sums of the rows of weights that are listed, a multiple of spikec_event_quad; of several lists
 * of one length, `size` apart. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_sums)(const uint16_t *lists,
                                                                  int32_t size, int32_t count,
                                                                  const uint8_t *weight,
                                                                  int32_t *sums, const int width,
                                                                  const int together) {
  for (int k = 0; k < together; ++k, lists += size, sums += width) {
    uint16_t part[spikec_event_tile];
    memset(sums, 0, (size_t)width * sizeof *sums);
    for (int32_t first = 0; first < count; first += spikec_event_chunk) {
      const int32_t end = count - first < spikec_event_chunk ? count : first + spikec_event_chunk;
      memset(part, 0, sizeof part);
      for (int32_t n = first; n < end; n += spikec_event_quad) {
        const uint8_t *const a = weight + lists[n] * width;
        const uint8_t *const b = weight + lists[n + 1] * width;
        const uint8_t *const c = weight + lists[n + 2] * width;
        const uint8_t *const d = weight + lists[n + 3] * width;
        for (int i = 0; i < width; ++i) part[i] = (uint16_t)(part[i] + a[i] + b[i] + c[i] + d[i]);
      }
      for (int i = 0; i < width; ++i) sums[i] += part[i] - 128 * (end - first);
    }
  }
}

/* Gives the sums of an output pixel, of which the first `left` are outputs, to their target: those
 * of all timesteps, `width` apart. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_deliver)(
    const spikec_event_target *target, const int32_t *sums, int32_t pixel, int32_t channels,
    int32_t first, int32_t left, int32_t steps, const int width) {
  const int32_t count = left < width ? left : width;
  const int32_t place = pixel * channels + first;
  const int32_t constant = target->period == channels ? first : place;
  for (int32_t t = 0; t < steps; ++t, sums += width) {
    if (target->membrane) {
      spikec_fire_step_u8(target->membrane + place, sums,
                          target->spikes + t * target->stride + place, target->bias + constant,
                          target->threshold + constant, count, count, target->unit);
      continue;
    }
    int32_t *const current = target->current + t * target->stride + place;
    for (int32_t i = 0; i < count; ++i) current[i] += sums[i] * target->unit;
  }
}
