package org.adjoint.kernels;

/**
 * A loop as a backend runs it, to be read.
 *
 * @param source the loop in the manner of Java
 * @param instructions the machine instructions it was made of, one a line: on the CPU bytecode,
 *     from which the JIT compiler makes vector code; empty if nothing is generated
 */
public record LoopListing(String source, String instructions) {
  /** Returns the listing of a backend that walks the tree of the expression at every element. */
  static LoopListing interpreted(Expr f) {
    return new LoopListing("interpreted:\nfor each element: y = " + f + ";\n", "");
  }
}
