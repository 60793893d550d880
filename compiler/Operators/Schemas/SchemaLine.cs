namespace GraphPartition.Operators.Schemas;

/// <summary>A line of a schema file, of which only the name of the operator was read.</summary>
/// <param name="Reader">The reader of its file.</param>
/// <param name="Op">The operator.</param>
/// <param name="Text">The line.</param>
/// <param name="Number">Its number, from 1.</param>
internal sealed record SchemaLine(SchemaReader Reader, OpName Op, string Text, int Number)
{
    /// <summary>Reads the line.</summary>
    public OperatorSchema ToSchema() => Reader.Schema(this);
}
