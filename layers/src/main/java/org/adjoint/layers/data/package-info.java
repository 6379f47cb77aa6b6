/** Data sets and batches. */
@NullMarked
package org.adjoint.layers.data;

import org.jspecify.annotations.NullMarked;
