package org.adjoint.layers.train;

/**
 * A usual mistake that a program seems to make; see {@link Warnings}.
 *
 * @param id what is wrong, {@code gradients-not-reset}; it never changes
 * @param sentence what was seen, and what to do about it
 */
public record Warning(String id, String sentence) {
  @Override
  public String toString() {
    return id + ": " + sentence;
  }
}
