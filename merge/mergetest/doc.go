// Package mergetest holds merge methods to the laws that the engine relies on.
//
// A test of a method is one call of [TestMethod] with the method's table and its factory. [Run] drives a
// kernel over rows in memory, for tests that compare its numbers with something.
package mergetest
