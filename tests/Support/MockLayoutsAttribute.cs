using System.Reflection;
using Xunit.Sdk;

namespace GraphPartition.TestSupport;

/// <summary>A theory's data: every layout that there is a mock of.</summary>
public sealed class MockLayoutsAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => Mock.Layouts.Select(layout => new object[] { layout });
}
