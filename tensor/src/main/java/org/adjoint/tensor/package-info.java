/**
 * Shapes, layouts, storage and the lifetime of a step's buffers. No arithmetic on elements happens
 * here.
 */
@NullMarked
package org.adjoint.tensor;

import org.jspecify.annotations.NullMarked;
