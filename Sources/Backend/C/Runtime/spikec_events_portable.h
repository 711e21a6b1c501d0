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

/* Fills a list with rows of zeros up to `end`, and may do so beyond it. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_fill)(uint16_t *list, int32_t length,
                                                                  int32_t end, uint16_t zeros) {
  for (int32_t i = length; i < end; ++i) list[i] = zeros;
}

/* The sums of the rows of weights that are listed. Eight weights are added at a time, every second
 * one apart from the others, so that each has 16 bits. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_sums)(const uint16_t *list,
                                                                  int32_t count,
                                                                  const uint8_t *weight,
                                                                  int32_t *sums, const int width) {
  enum { words = spikec_event_tile / 8 };
  const uint64_t mask = UINT64_C(0x00ff00ff00ff00ff);
  const uint16_t one = 1;
  uint8_t is_little;
  memcpy(&is_little, &one, 1);
  memset(sums, 0, (size_t)width * sizeof *sums);
  for (int32_t first = 0; first < count; first += spikec_event_chunk) {
    const int32_t end = count - first < spikec_event_chunk ? count : first + spikec_event_chunk;
    uint64_t parts[2][words];
    SPIKEC_UNROLL for (int i = 0; i < width / 8; i += 4) {
      uint64_t even[4] = {0}, odd[4] = {0};
      for (int32_t n = first; n < end; ++n) {
        uint64_t bytes[4];
        memcpy(bytes, weight + list[n] * width + 8 * i, sizeof bytes);
        SPIKEC_UNROLL for (int m = 0; m < 4; ++m) {
          even[m] += bytes[m] & mask;
          odd[m] += bytes[m] >> 8 & mask;
        }
      }
      memcpy(parts[0] + i, even, sizeof even);
      memcpy(parts[1] + i, odd, sizeof odd);
    }
    for (int i = 0; i < width; ++i) {
      const int place = is_little ? i % 8 : 7 - i % 8;
      const uint64_t sum = parts[place % 2][i / 8] >> (place / 2 * 16) & 0xffff;
      sums[spikec_event_output(i, width)] += (int32_t)sum - 128 * (end - first);
    }
  }
}

/* Gives the sums of some outputs at timestep `t`, times `unit`, to their target. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_deliver)(
    const spikec_event_target *target, const int32_t *sums, const spikec_event_place *here,
    int32_t t, int32_t unit, const int width) {
  const int32_t count = here->left < width ? here->left : width;
  const int32_t place = t * target->stride + here->place;
  if (target->membrane) {
    spikec_fire_step_u8(target->membrane + here->place, sums, target->spikes + place,
                        target->bias + here->constant, target->threshold + here->constant, count,
                        count, unit);
    return;
  }
  for (int32_t i = 0; i < count; ++i) target->current[place + i] += sums[i] * unit;
}
