/* Goes through the outputs of an event-driven synapse, for one instruction set. */

#ifndef SPIKEC_OWN_EVENT_GIVE
/* Gives what `together` lists sum up to: those of as many timesteps from `t` on, if `left` are
 * left. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_give)(
    const spikec_event_lists *lists, const uint8_t *weight, const spikec_event_target *target,
    const spikec_event_place *here, int32_t t, int32_t left, const int width, const int together) {
  int32_t sums[spikec_event_tile];
  for (int k = 0; k < together && k < left; ++k) {
    SPIKEC_KERNEL(spikec_event_sums)(lists->first + k * lists->size, lists->count, weight, sums,
                                     width);
    spikec_event_deliver_portable(target, sums, here, t + k, target->unit, width);
  }
}
#endif

/* Lists the events of a row of inputs at all timesteps; what is summed together with the last ones
 * has none. */
SPIKEC_TARGET static inline void SPIKEC_KERNEL(spikec_event_row)(const spikec_events *e,
                                                                 const uint8_t *levels,
                                                                 int32_t stride, int32_t steps,
                                                                 int32_t row, uint16_t *scratch) {
  const int32_t channels = e->window.in_channels;
  for (int32_t t = 0; t < steps; ++t) {
    const uint8_t *const level = levels + t * stride + row * e->window.in_width * channels;
    uint16_t *const starts = spikec_event_starts(e, scratch, row, t);
    uint16_t *const list = starts + e->window.in_width + 1;
    int32_t length = 0;
    for (int32_t x = 0; x < e->window.in_width; ++x) {
      starts[x] = (uint16_t)length;
      length += SPIKEC_KERNEL(spikec_event_list)(level + x * channels, channels, x * channels,
                                                 e->most, list + length);
    }
    starts[e->window.in_width] = (uint16_t)length;
  }
  for (int32_t t = steps; t % spikec_event_together != 0; ++t) {
    memset(spikec_event_starts(e, scratch, row, t), 0,
           (size_t)(e->window.in_width + 1) * sizeof(uint16_t));
  }
}

/* Joins what lies in a window, at `together` timesteps: from the pixel `first` on up to `last`, whose
 * numbers shift by `shift`. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_join)(
    const spikec_events *e, const spikec_event_rows *rows, int32_t t, int32_t first, int32_t last,
    int32_t shift, uint16_t *joined, int32_t *lengths, const int together) {
  const int32_t size = e->window.in_width + 1;
  SPIKEC_UNROLL for (int k = 0; k < together; ++k) lengths[k] = 0;
  for (int32_t i = 0; i < rows->count; ++i) {
    const uint16_t *const row = rows->starts[i] + t * (size + e->row_size);
    const uint16_t by = (uint16_t)(rows->shift[i] + shift);
    SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
      const uint16_t *const starts = row + k * (size + e->row_size);
      const int32_t begin = starts[first], count = starts[last] - begin;
      SPIKEC_KERNEL(spikec_event_copy)(starts + size + begin,
                                       joined + k * e->list_size + lengths[k], count, by);
      lengths[k] += count;
    }
  }
}

/* The sums of an output pixel at all timesteps, some timesteps together: then the end of their
 * lists has to be foreseen but once. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_pixel)(
    const spikec_events *e, const spikec_event_rows *rows, int32_t x, int32_t steps,
    const uint8_t *weight, uint16_t *joined, const spikec_event_target *target,
    const spikec_event_place *place, const int width) {
  const int together = width == 128 ? spikec_event_together / 2 : spikec_event_together;
  const spikec_window *const w = &e->window;
  const int32_t left = x * w->stride_x - w->pad_left;
  const int32_t end = left + w->kernel_width;
  const int32_t last = end < 0 ? 0 : end < w->in_width ? end : w->in_width;
  const int32_t first = left < 0 ? 0 : left < last ? left : last;
  const uint16_t zeros = (uint16_t)(w->kernel_height * w->kernel_width * w->in_channels);
  for (int32_t t = 0; t < steps; t += together) {
    int32_t lengths[spikec_event_together], longest = 0;
    SPIKEC_KERNEL(spikec_event_join)(e, rows, t, first, last, -left * w->in_channels, joined,
                                     lengths, together);
    SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
      if (lengths[k] > longest) longest = lengths[k];
    }
    longest = (longest + spikec_event_pair - 1) & -spikec_event_pair;
    SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
      SPIKEC_KERNEL(spikec_event_fill)(joined + k * e->list_size, lengths[k], longest, zeros);
    }
    const spikec_event_lists lists = {joined, e->list_size, longest};
    SPIKEC_KERNEL(spikec_event_give)(&lists, weight, target, place, t, steps - t, width, together);
  }
}

/* The rows of outputs from `begin` to `end` - 1, of one tile. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_outputs)(
    const spikec_events *e, const uint8_t *levels, int32_t stride, int32_t steps,
    const uint8_t *weight, uint16_t *scratch, const spikec_event_target *target, int32_t first,
    int32_t begin, int32_t end, const int width) {
  const spikec_window *const w = &e->window;
  uint16_t *const joined = spikec_event_joined(e, scratch);
  int32_t next = 0;
  for (int32_t y = begin; y < end; ++y) {
    const int32_t top = y * w->stride_y - w->pad_top;
    spikec_event_rows rows = {0, {0}, {0}};
    if (next < top) next = top;
    for (int32_t ky = 0; ky < w->kernel_height; ++ky) {
      const int32_t row = top + ky * w->dilation_y;
      if (row < 0 || row >= w->in_height) continue;
      for (; next <= row; ++next) {
        SPIKEC_KERNEL(spikec_event_row)(e, levels, stride, steps, next, scratch);
      }
      rows.starts[rows.count] = spikec_event_starts(e, scratch, row, 0);
      rows.shift[rows.count++] = ky * w->kernel_width * w->in_channels;
    }
    for (int32_t x = 0; x < w->out_width; ++x) {
      const int32_t place = (y * w->out_width + x) * w->out_channels + first;
      const spikec_event_place here = {
          place, target->period == w->out_channels ? first : place, w->out_channels - first};
      SPIKEC_KERNEL(spikec_event_pixel)(e, &rows, x, steps, weight, joined, target, &here, width);
    }
  }
}

/* All outputs. Threads share tiles, or the rows of each of them. */
SPIKEC_TARGET static inline void SPIKEC_KERNEL(spikec_event_layer)(
    const spikec_events *e, const uint8_t *levels, int32_t stride, int32_t steps,
    const int8_t *weights, uint16_t *scratch, const spikec_event_target *target) {
  const spikec_window *const w = &e->window;
  const int32_t rows = w->kernel_height * w->kernel_width * w->in_channels + 1;
  const int32_t tiles = (w->out_channels + spikec_event_tile - 1) / spikec_event_tile;
  const int32_t threads = spikec_threads(), parts = tiles % threads == 0 ? 1 : threads;
  SPIKEC_SHARE for (int32_t i = 0; i < tiles * parts; ++i) {
    const int32_t first = i / parts * spikec_event_tile, part = i % parts;
    const int32_t begin = w->out_height * part / parts, end = w->out_height * (part + 1) / parts;
    const uint8_t *const weight = (const uint8_t *)weights + (size_t)rows * (size_t)first;
    const int32_t width = spikec_event_width(w->out_channels - first);
    /* Entries jump about in the weights, and would wait for each line that is not near yet. */
    for (int32_t k = 0; k < rows * width; k += 64) SPIKEC_PREFETCH(weight + k);
    if (width == 128) {
      SPIKEC_KERNEL(spikec_event_outputs)(e, levels, stride, steps, weight, scratch, target, first,
                                          begin, end, 128);
    } else if (width == 64) {
      SPIKEC_KERNEL(spikec_event_outputs)(e, levels, stride, steps, weight, scratch, target, first,
                                          begin, end, 64);
    } else {
      SPIKEC_KERNEL(spikec_event_outputs)(e, levels, stride, steps, weight, scratch, target, first,
                                          begin, end, 32);
    }
  }
}
