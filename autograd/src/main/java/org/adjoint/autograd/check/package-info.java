/**
 * The catalogue of operations and what is checked over it: gradients by central differences, values
 * between backends, recorded values, and the checker itself by planted faults.
 */
@NullMarked
package org.adjoint.autograd.check;

import org.jspecify.annotations.NullMarked;
