/** Data sets, batches, and what to count on them. */
@NullMarked
package org.adjoint.layers.data;

import org.jspecify.annotations.NullMarked;
