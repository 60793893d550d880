using Xunit;

namespace GraphPartition.Operators.Tests.Unit;

public sealed class OperatorReportTests
{
    [Fact]
    public void The_checked_in_page_matches_the_table()
    {
        string path = Checkout.PathOf("compiler", "Operators", "README.md"), page = OperatorReport.Markdown();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, page);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == page, $"{path} is stale: run the tests once with UPDATE_GOLDEN=1");
    }
}
