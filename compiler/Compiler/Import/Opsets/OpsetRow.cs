namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>
/// One change of an operator that says the same thing in other words. A change without a row only adds (types, or attributes
/// whose default means the old behaviour); schemas tell such changes.
/// </summary>
/// <param name="Op">The operator, of the standard domain.</param>
/// <param name="Since">The opset that brought the new words.</param>
/// <param name="Up">Says an old node in the new words; the result is null, or why that cannot be done.</param>
/// <param name="Down">Says a new node in the old words; the result is null, or why that cannot be done. Null: as in a change without a row.</param>
internal sealed record OpsetRow(string Op, int Since, Func<NodeEdit, string?> Up, Func<NodeEdit, string?>? Down = null);
