using Cloud.Gateway.Keys;
using Cloud.Gateway.Tests.Support;

namespace Cloud.Gateway.Tests.Limits;

public sealed class UsageBookTests
{
    [Fact]
    public void A_days_quota_counts_anew_at_midnight_and_a_months_on_its_first_day()
    {
        ManualTime time = new();
        UsageBook book = new(null, time);
        KeyQuota quota = new(10, 25);
        DateTimeOffset midnight = UsageBook.ResetOf(QuotaPeriod.Day, time.GetUtcNow());
        Assert.Null(book.TryUse("a", quota, 10));
        Assert.Equal(new QuotaRefusal(QuotaPeriod.Day, 10, midnight), book.TryUse("a", quota, 1));
        Assert.Null(book.TryUse("b", quota, 10));
        time.Advance(midnight - time.GetUtcNow());
        Assert.Null(book.TryUse("a", quota, 10));
        time.Advance(TimeSpan.FromDays(1));
        DateTimeOffset month = UsageBook.ResetOf(QuotaPeriod.Month, time.GetUtcNow());
        Assert.Equal(new QuotaRefusal(QuotaPeriod.Month, 25, month), book.TryUse("a", quota, 6));
        Assert.Null(book.TryUse("a", quota, 5));
        KeyUsage usage = book.All[0];
        Assert.Equal((5, 25, 25), (usage.Today.Units, usage.Month.Units, usage.Total.Units));
        Assert.Equal((1, 2), (usage.Today.Refused, usage.Month.Refused));
        time.Advance(month - time.GetUtcNow());
        Assert.Equal((0, 0, 25), (book.All[0].Today.Units, book.All[0].Month.Units, book.All[0].Total.Units));
        Assert.Null(book.TryUse("a", quota, 10));
    }

    [Fact]
    public void A_file_that_holds_something_else_is_named()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "{");
            Assert.Contains(file, Assert.Throws<InvalidDataException>(() => new UsageBook(file, TimeProvider.System)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
