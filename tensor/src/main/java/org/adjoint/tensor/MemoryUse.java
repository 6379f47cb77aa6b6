package org.adjoint.tensor;

/**
 * A reading of a device's memory, in bytes.
 *
 * @param live bytes in pooled buffers handed out and not yet given back
 * @param pooled bytes waiting for reuse
 * @param peak the largest {@code live} so far
 */
public record MemoryUse(long live, long pooled, long peak) {}
