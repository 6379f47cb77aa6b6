package org.adjoint.kernels.ptx;

/**
 * A named piece of memory: a module's or function's variable, or a parameter.
 *
 * @param name the name
 * @param space the state space without its dot: {@code global}, {@code const}, {@code shared},
 *     {@code local} or {@code param}
 * @param type the element type
 * @param align the alignment in bytes
 * @param bytes the size; 0 for dynamic shared memory
 * @param initial the initial contents; empty if there are none
 * @param line where it is declared
 */
public record PtxVariable(
    String name, String space, PtxType type, int align, int bytes, byte[] initial, PtxLine line) {

  /** Returns whether a launch gives the size: {@code .extern .shared .b8 name[]}. */
  public boolean dynamic() {
    return bytes == 0;
  }
}
