package org.adjoint.kernels.ptx;

/**
 * A parameter of a kernel, and where it stands in the packed block of a launch.
 *
 * @param name its name
 * @param type its type
 * @param offset the bytes before it
 * @param bytes its size
 */
public record PtxParameter(String name, PtxType type, int offset, int bytes) {}
