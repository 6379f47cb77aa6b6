package org.adjoint.kernels;

import java.util.List;

/** Offers a backend to {@link Backends}; found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
  /** Returns the name by which users ask for the backend: {@code cpu}, {@code reference}, …. */
  String name();

  /** Returns the rank among available backends; the highest is {@link Backends#fastest}. */
  int priority();

  /** Returns whether the backend can be had on this machine, and why not. Never throws. */
  Availability availability();

  /** Returns the backend, always the same; called only when it is available. */
  Backend backend();

  /**
   * Returns how many devices of this kind there are; called only when it is available. Users ask
   * for those after the first by {@code NAME:1}, {@code NAME:2}, ….
   */
  default int count() {
    return 1;
  }

  /**
   * Returns one of the devices, always the same.
   *
   * @param number from 0, which is {@link #backend}, to {@link #count} − 1
   */
  default Backend backend(int number) {
    return backend();
  }

  /**
   * Returns what else {@code doctor} should say, a line each: what was looked for, and where it was
   * found. Asked whether it is available or not. Never throws.
   */
  default List<String> details() {
    return List.of();
  }

  /** Whether a backend can be had. */
  sealed interface Availability {}

  /**
   * It can.
   *
   * @param description device, width and the like, one line
   */
  record Available(String description) implements Availability {}

  /**
   * It cannot.
   *
   * @param cause why, one line
   * @param remedy what to do about it, one line
   */
  record Unavailable(String cause, String remedy) implements Availability {}
}
