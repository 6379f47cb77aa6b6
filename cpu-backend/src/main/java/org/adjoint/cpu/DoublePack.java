package org.adjoint.cpu;

import java.util.Arrays;

/**
 * Packing: strided elements into panels that hold, for each k, {@code width} neighbours side by
 * side, padded with zeros.
 */
final class DoublePack {
  private DoublePack() {}

  /**
   * Packs a panel: {@code to[toAt + k · width + i] = from[at + i · across + k · along]} for i below
   * {@code valid}, 0 from there to {@code width}.
   *
   * @param across distance of neighbours that come to lie side by side
   * @param along distance from one k to the next
   */
  static void panel(
      double[] from,
      int at,
      int across,
      int along,
      int valid,
      int count,
      double[] to,
      int toAt,
      int width) {
    int i = 0;
    for (; i + 8 <= valid; i += 8) {
      eight(from, at + i * across, across, along, count, to, toAt + i, width);
    }
    if (i + 4 <= valid) {
      four(from, at + i * across, across, along, count, to, toAt + i, width);
      i += 4;
    }
    for (; i < valid; i++) {
      one(from, at + i * across, along, count, to, toAt + i, width);
    }
    if (valid < width) {
      for (int k = 0; k < count; k++) {
        Arrays.fill(to, toAt + k * width + valid, toAt + (k + 1) * width, 0.0);
      }
    }
  }

  /**
   * Copies runs of {@code width} elements. What follows a run in {@code to}, up to the next
   * multiple of the vector, may be overwritten before the next run is copied.
   */
  static void rows(
      double[] from, int at, int step, int count, int width, double[] to, int toAt, int toStep) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(from, at + i * step, to, toAt + i * toStep, width);
    }
  }

  /** Adds runs of {@code width} elements to others. */
  static void addRows(
      double[] from, int at, int step, int count, int width, double[] to, int toAt, int toStep) {
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < width; j++) {
        to[toAt + i * toStep + j] += from[at + i * step + j];
      }
    }
  }

  private static void eight(
      double[] from, int at, int across, int along, int count, double[] to, int toAt, int width) {
    int s1 = at + across;
    int s2 = s1 + across;
    int s3 = s2 + across;
    int s4 = s3 + across;
    int s5 = s4 + across;
    int s6 = s5 + across;
    int s7 = s6 + across;
    for (int k = 0; k < count; k++) {
      int d = toAt + k * width;
      int s = k * along;
      to[d] = from[at + s];
      to[d + 1] = from[s1 + s];
      to[d + 2] = from[s2 + s];
      to[d + 3] = from[s3 + s];
      to[d + 4] = from[s4 + s];
      to[d + 5] = from[s5 + s];
      to[d + 6] = from[s6 + s];
      to[d + 7] = from[s7 + s];
    }
  }

  private static void four(
      double[] from, int at, int across, int along, int count, double[] to, int toAt, int width) {
    int s1 = at + across;
    int s2 = s1 + across;
    int s3 = s2 + across;
    for (int k = 0; k < count; k++) {
      int d = toAt + k * width;
      int s = k * along;
      to[d] = from[at + s];
      to[d + 1] = from[s1 + s];
      to[d + 2] = from[s2 + s];
      to[d + 3] = from[s3 + s];
    }
  }

  private static void one(
      double[] from, int at, int along, int count, double[] to, int toAt, int width) {
    for (int k = 0; k < count; k++) {
      to[toAt + k * width] = from[at + k * along];
    }
  }
}
